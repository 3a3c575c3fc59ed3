CREATE TABLE customers (id INTEGER PRIMARY KEY, customer TEXT, email TEXT, member_since TEXT);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id), item TEXT, quantity INTEGER,
                     total REAL, ordered_on TEXT, promised_on TEXT, shipped_on TEXT);
INSERT INTO customers VALUES
 (1, 'Pia Holt', 'pia@example.org', '2019-03-02'), (2, 'Sam Ferris', 'sam@example.org', '2023-08-14'),
 (3, 'Ada Nkemi', 'ada@example.org', '2021-12-01'), (4, 'Leo Brandt', 'leo@example.org', '2025-05-20');
INSERT INTO orders VALUES
 (7001, 1, 'desk lamp', 2, 58.0, '2026-05-03', '2026-05-10', '2026-05-08'),
 (7002, 2, 'oak shelf', 1, 120.5, '2026-05-09', '2026-05-20', '2026-05-26'),
 (7003, 3, 'desk lamp', 1, 29.0, '2026-05-21', '2026-05-28', '2026-05-28'),
 (7004, 1, 'wall clock', 3, 87.0, '2026-06-01', '2026-06-09', NULL),
 (7005, 4, 'oak shelf', 2, 241.0, '2026-06-04', '2026-06-15', '2026-06-17'),
 (7006, 2, 'reading chair', 1, 310.0, '2026-06-11', '2026-06-30', NULL);
