"""Countries and what their people are called, so that "Finnish" and "Finland" compare as equal."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["COUNTRIES", "NATION", "country_of"]

_TABLE: Final = """
Afghanistan=Afghan; Albania=Albanian; Algeria=Algerian; Andorra=Andorran; Angola=Angolan
Argentina=Argentine,Argentinian
Armenia=Armenian; Australia=Australian; Austria=Austrian; Azerbaijan=Azerbaijani; Bahamas=Bahamian; Bahrain=Bahraini
Bangladesh=Bangladeshi; Barbados=Barbadian; Belarus=Belarusian; Belgium=Belgian; Belize=Belizean; Benin=Beninese
Bhutan=Bhutanese; Bolivia=Bolivian; Bosnia and Herzegovina=Bosnian; Botswana=Motswana; Brazil=Brazilian; Brunei=Bruneian
Bulgaria=Bulgarian; Burkina Faso=Burkinabé; Burundi=Burundian; Cambodia=Cambodian; Cameroon=Cameroonian
Canada=Canadian; Chad=Chadian; Chile=Chilean; China=Chinese; Colombia=Colombian; Comoros=Comorian; Congo=Congolese
Costa Rica=Costa Rican; Croatia=Croatian,Croat; Cuba=Cuban; Cyprus=Cypriot; Czech Republic=Czech,Czechia
Czechoslovakia=Czechoslovak; Denmark=Danish,Dane; Djibouti=Djiboutian; Dominica; Dominican Republic=Dominican
Ecuador=Ecuadorian; Egypt=Egyptian; El Salvador=Salvadoran; England=English; Eritrea=Eritrean; Estonia=Estonian
Eswatini=Swazi; Ethiopia=Ethiopian; Fiji=Fijian; Finland=Finnish,Finn; France=French; Gabon=Gabonese; Gambia=Gambian
Georgia=Georgian; Germany=German; Ghana=Ghanaian; Greece=Greek; Grenada=Grenadian; Guatemala=Guatemalan
Guinea=Guinean; Guyana=Guyanese; Haiti=Haitian; Honduras=Honduran; Hong Kong; Hungary=Hungarian; Iceland=Icelandic
India=Indian; Indonesia=Indonesian; Iran=Iranian,Persian,Persia; Iraq=Iraqi; Ireland=Irish; Israel=Israeli
Italy=Italian
Ivory Coast=Ivorian; Jamaica=Jamaican; Japan=Japanese; Jordan=Jordanian; Kazakhstan=Kazakh,Kazakhstani; Kenya=Kenyan
Kosovo=Kosovar; Kuwait=Kuwaiti; Kyrgyzstan=Kyrgyz; Laos=Lao,Laotian; Latvia=Latvian; Lebanon=Lebanese; Lesotho=Basotho
Liberia=Liberian; Libya=Libyan; Liechtenstein; Lithuania=Lithuanian; Luxembourg=Luxembourgish; Madagascar=Malagasy
Malawi=Malawian; Malaysia=Malaysian; Maldives=Maldivian; Mali=Malian; Malta=Maltese; Mauritania=Mauritanian
Mauritius=Mauritian; Mexico=Mexican; Moldova=Moldovan; Monaco=Monégasque; Mongolia=Mongolian; Montenegro=Montenegrin
Morocco=Moroccan; Mozambique=Mozambican; Myanmar=Burmese,Burma; Namibia=Namibian; Nepal=Nepalese,Nepali
Netherlands=Dutch,the Netherlands,Holland; New Zealand=New Zealander; Nicaragua=Nicaraguan; Niger=Nigerien
Nigeria=Nigerian; North Korea=North Korean; North Macedonia=Macedonian,Macedonia; Norway=Norwegian; Oman=Omani
Pakistan=Pakistani; Palestine=Palestinian; Panama=Panamanian; Papua New Guinea; Paraguay=Paraguayan; Peru=Peruvian
Philippines=Filipino,Philippine; Poland=Polish; Portugal=Portuguese; Puerto Rico=Puerto Rican; Qatar=Qatari
Romania=Romanian; Russia=Russian,Soviet Union,Soviet,USSR; Rwanda=Rwandan; Samoa=Samoan; San Marino=Sammarinese
Saudi Arabia=Saudi; Scotland=Scottish; Senegal=Senegalese; Serbia=Serbian,Serb; Seychelles=Seychellois
Sierra Leone=Sierra Leonean; Singapore=Singaporean; Slovakia=Slovak; Slovenia=Slovenian,Slovene; Somalia=Somali
South Africa=South African; South Korea=South Korean,Korean,Korea; Spain=Spanish; Sri Lanka=Sri Lankan; Sudan=Sudanese
Suriname=Surinamese; Sweden=Swedish,Swede; Switzerland=Swiss; Syria=Syrian; Taiwan=Taiwanese; Tajikistan=Tajik
Tanzania=Tanzanian; Thailand=Thai; Togo=Togolese; Tonga=Tongan; Trinidad and Tobago=Trinidadian; Tunisia=Tunisian
Turkey=Turkish,Ottoman; Turkmenistan=Turkmen; Uganda=Ugandan; Ukraine=Ukrainian; United Arab Emirates=Emirati,UAE
United Kingdom=British,UK,U.K.,Great Britain,Britain; United States=American,USA,U.S.,US,U.S.A.,United States of America
Uruguay=Uruguayan; Uzbekistan=Uzbek; Vanuatu; Vatican City; Venezuela=Venezuelan; Vietnam=Vietnamese; Wales=Welsh
Yemen=Yemeni; Yugoslavia=Yugoslav; Zambia=Zambian; Zimbabwe=Zimbabwean
"""


def _read(table: str) -> dict[str, str]:
    country_of_form: dict[str, str] = {}
    for entry in re.split(r"[;\n]", table):
        country, _, forms = entry.strip().partition("=")
        for form in filter(None, (country, *forms.split(","))):
            country_of_form[form] = country
    return country_of_form


_COUNTRY_OF_FORM: Final = _read(_TABLE)
COUNTRIES: Final = frozenset(_COUNTRY_OF_FORM.values())
NATION: Final = re.compile(
    rf"(?<![\w-])(?:{'|'.join(sorted(map(re.escape, _COUNTRY_OF_FORM), key=len, reverse=True))})(?![\w])"
)
"""A country's name, or the word for its people."""


def country_of(text: str) -> str:
    """Return the country of the first country or people named in `text`, empty when none is."""
    match = NATION.search(text)
    return _COUNTRY_OF_FORM[match.group()] if match else ""
