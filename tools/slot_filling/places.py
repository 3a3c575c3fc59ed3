"""Places: which names are one, and how they are written when the state is asked for."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from questline.tools.reading.nations import NATION, country_of

__all__ = ["STATES", "is_place", "nation_of", "with_state"]

_STATES: Final = """
Alabama=AL; Alaska=AK; Arizona=AZ; Arkansas=AR; California=CA; Colorado=CO; Connecticut=CT; Delaware=DE; Florida=FL
Georgia=GA; Hawaii=HI; Idaho=ID; Illinois=IL; Indiana=IN; Iowa=IA; Kansas=KS; Kentucky=KY; Louisiana=LA; Maine=ME
Maryland=MD; Massachusetts=MA; Michigan=MI; Minnesota=MN; Mississippi=MS; Missouri=MO; Montana=MT; Nebraska=NE
Nevada=NV; New Hampshire=NH; New Jersey=NJ; New Mexico=NM; New York=NY; North Carolina=NC; North Dakota=ND; Ohio=OH
Oklahoma=OK; Oregon=OR; Pennsylvania=PA; Rhode Island=RI; South Carolina=SC; South Dakota=SD; Tennessee=TN; Texas=TX
Utah=UT; Vermont=VT; Virginia=VA; Washington=WA; West Virginia=WV; Wisconsin=WI; Wyoming=WY; District of Columbia=DC
"""
_CITIES: Final = """
NY: New York, New York City, Buffalo, Rochester, Syracuse, Albany, Brooklyn, Manhattan, Queens
CA: Los Angeles, San Diego, San Jose, San Francisco, Fresno, Sacramento, Long Beach, Oakland, Bakersfield, Anaheim
CA: Riverside, Santa Ana, Irvine, Stockton, Chula Vista, Fremont, San Bernardino, Modesto, Santa Clara, Berkeley
CA: Palo Alto, Mountain View, Pasadena, Santa Monica, Santa Barbara, Sunnyvale, Cupertino, Beverly Hills, Hollywood
IL: Chicago, Naperville, Springfield; TX: Houston, San Antonio, Dallas, Austin, Fort Worth, El Paso, Arlington, Plano
TX: Corpus Christi, Lubbock, Laredo, Irving, Garland; AZ: Phoenix, Tucson, Mesa, Chandler, Scottsdale, Gilbert, Tempe
PA: Philadelphia, Pittsburgh, Allentown; FL: Jacksonville, Miami, Tampa, Orlando, St. Petersburg, Hialeah, Tallahassee
FL: Fort Lauderdale, Miami Beach, Key West; OH: Columbus, Cleveland, Cincinnati, Toledo, Akron, Dayton
NC: Charlotte, Raleigh, Greensboro, Durham, Winston-Salem, Asheville; IN: Indianapolis, Fort Wayne
WA: Seattle, Spokane, Tacoma, Bellevue, Redmond; CO: Denver, Colorado Springs, Aurora, Boulder, Aspen, Fort Collins
DC: Washington D.C., Washington DC, Washington, D.C.; MA: Boston, Worcester, Cambridge, Salem
TN: Nashville, Memphis, Knoxville, Chattanooga; MI: Detroit, Grand Rapids, Ann Arbor, Lansing; OK: Oklahoma City, Tulsa
OR: Portland, Eugene; NV: Las Vegas, Henderson, Reno, North Las Vegas; KY: Louisville, Lexington
MD: Baltimore, Annapolis; WI: Milwaukee, Madison, Green Bay; NM: Albuquerque, Santa Fe
MO: Kansas City, St. Louis, Saint Louis; GA: Atlanta, Savannah, Augusta; NE: Omaha, Lincoln
MN: Minneapolis, St. Paul, Saint Paul, Duluth, Rochester; VA: Virginia Beach, Norfolk, Chesapeake, Richmond, Alexandria
LA: New Orleans, Baton Rouge, Shreveport; HI: Honolulu, Maui; KS: Wichita, Topeka; NJ: Newark, Jersey City, Princeton
AK: Anchorage, Juneau; ID: Boise; UT: Salt Lake City, Provo; AL: Birmingham, Montgomery, Huntsville, Mobile
IA: Des Moines; SC: Charleston, Columbia; RI: Providence; CT: Hartford, New Haven, Stamford; VT: Burlington
AR: Little Rock; MS: Jackson; ND: Fargo; SD: Sioux Falls; MT: Billings; WY: Cheyenne; NH: Manchester; ME: Bangor
"""
"""The largest cities of the United States by population, the state capitals, and boroughs and suburbs that are known by
themselves; a name of several cities stands for the largest."""
_KIND: Final = re.compile(
    r"\b(?:Park|County|Street|Avenue|Road|Airport|Island|Valley|University|Mountains?|River|Lake|Beach|City|Town|Bridge)$"
)


@lru_cache(maxsize=1)
def _states() -> dict[str, str]:
    pairs = re.findall(r"([A-Z][A-Za-z ]+)=([A-Z]{2})", _STATES)
    return {name.casefold(): code for name, code in pairs}


@lru_cache(maxsize=1)
def _cities() -> dict[str, str]:
    found: dict[str, str] = {}
    for code, names in re.findall(r"([A-Z]{2}): ([^;\n]+)", _CITIES):
        for name in names.split(","):
            found.setdefault(name.strip().casefold(), code)
    return found


STATES: Final = _states()
"""Name of a state of the United States, in lower case → its two letters."""


def is_place(name: str) -> bool:
    """Whether a name is a known city, state or country, or ends like a place's."""
    lower = name.casefold().strip()
    head = lower.partition(",")[0]
    known = head in _cities() or lower in STATES or bool(nation_of(head.title() if head.islower() else name))
    return known or bool(_KIND.search(name))


def with_state(place: str) -> str:
    """Return a city with its state, ``Boston, MA``, where it is one of the larger cities and none is written yet."""
    code = None if "," in place else _cities().get(place.casefold().strip())
    return place if code is None else f"{place}, {code}"


def nation_of(name: str) -> str:
    """Return the country for a country's or a people's name (``German`` → ``Germany``); empty for another word."""
    return country_of(name) if name and NATION.fullmatch(name) else ""
