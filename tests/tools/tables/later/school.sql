CREATE TABLE teachers (id INTEGER PRIMARY KEY, teacher TEXT, room TEXT, hired_on TEXT);
CREATE TABLE courses (id INTEGER PRIMARY KEY, course TEXT, teacher_id INTEGER REFERENCES teachers (id), weekday TEXT,
                      pupils INTEGER, starts_on TEXT, ends_on TEXT);
INSERT INTO teachers VALUES (1, 'Greta Lund', 'A12', '2009-09-01'), (2, 'Omar Reza', 'B03', '2017-02-15'),
 (3, 'Nell Price', 'C21', '2021-09-01');
INSERT INTO courses VALUES (11, 'Pottery', 1, 'Monday', 14, '2026-01-12', '2026-06-29'),
 (12, 'Spanish', 2, 'Tuesday', 22, '2026-01-13', '2026-12-15'), (13, 'Drawing', 1, 'Thursday', 9, '2026-03-05', '2026-05-28'),
 (14, 'Chemistry', 3, 'Friday', 17, '2025-09-05', '2026-06-26');
