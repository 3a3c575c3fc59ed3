"""Orders to a judge in further languages: to forget what it was told, or to put this passage first.

Each language has four small lists: imperatives of forgetting, what is to be forgotten, imperatives of placing, and what
this passage and the first place are called. An order begins its sentence, after at most a label and a "please": what a
text reports ("he ignored the instructions") is none. English and Chinese have rules of their own, in `orders`.
"""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ["foreign_order"]


class _Language(NamedTuple):
    forget: str
    """Imperatives."""
    told: str
    """Instructions that were given before, or all that stands before."""
    place: str = ""
    """Imperatives."""
    this: str = ""
    """This passage."""
    first: str = ""
    please: str = ""


_LANGUAGES: Final = {
    "Belarusian": _Language(
        forget=r"(?:пра)?[іi]гнаруй(?:це)?|забудз(?:ь(?:ся)?|ьце(?:ся)?|ься|цеся)|не зважай(?:це)?"
        r"|не звяртай(?:це)? [уў]вагі",
        told=r"(?:папярэдн|ранейш|вышэйш|сва|[уў]се|гэты)\w*"
        r"\s(?:\w+\s){0,2}?(?:інструкцы|[уў]казанн|загад|правіл|каманд|падказ|тэкст)\w*"
        r"|(?:ўсё|усё),? што (?:было|напісана|сказана)",
        place=r"пастаў(?:це)?|паставі(?:ць|це)|размясці(?:це)?|выберы(?:це)?|абяры(?:це)?|ацані(?:це)?",
        this=r"гэты?\w*\s(?:\w+\s)?(?:[уў]рыв|дакумент|тэкст|фрагмент|адказ|вынік|артыкул)\w*",
        first=r"перш\w*|найвышэй\w*|уверх\w*|наверх\w*",
        please=r"калі ласка|прашу|увага",
    ),
    "Russian": _Language(
        forget=r"(?:про)?игнорируй(?:те)?|забудь(?:те)?|не обращай(?:те)? внимания",
        told=r"(?:предыдущ|прежн|вышеуказанн|свои|твои|ваши|все)\w*"
        r"\s(?:\w+\s){0,2}?(?:инструкц|указани|приказ|правил|команд|подсказ|текст)\w*"
        r"|вс[её],? что (?:было|написано|сказано)",
        place=r"поставь(?:те)?|помести(?:те)?|размести(?:те)?|выбери(?:те)?|оцени(?:те)?",
        this=r"эт\w{1,3}\s(?:\w+\s)?(?:отрыв|документ|текст|фрагмент|ответ|результат|стать)\w*",
        first=r"перв\w*|самый верх|наивысш\w*|наверх\w*",
        please=r"пожалуйста|прошу|внимание",
    ),
    "Ukrainian": _Language(
        forget=r"(?:про)?ігноруй(?:те)?|забудь(?:те)?|не звертай(?:те)? уваги|не зважай(?:те)?",
        told=r"(?:попередн|вищевказан|свої|твої|ваші|всі|усі)\w*"
        r"\s(?:\w+\s){0,2}?(?:інструкці|вказівк|наказ|правил|команд|підказ|текст)\w*"
        r"|(?:все|усе),? що (?:було|написано|сказано)",
        place=r"постав(?:те)?|розмісти?(?:ть|те)?|вибери|виберіть|обери|оберіть|оціни|оцініть",
        this=r"(?:цей|цю|це)\s(?:\w+\s)?(?:урив|документ|текст|фрагмент|відповід|результат|статт)\w*",
        first=r"перш\w*|найвищ\w*|нагор\w*",
        please=r"будь ласка|прошу|увага",
    ),
    "Polish": _Language(
        forget=r"z?ignoruj(?:cie)?|zapomnij(?:cie)?|pomiń(?:cie)?",
        told=r"(?:poprzedni|wcześniejsz|powyższ|swo|wszystki)\w*"
        r"\s(?:\w+\s){0,2}?(?:instrukcj|poleceni|zasad|wskazów|tekst)\w*",
        place=r"umieść|postaw|wybierz|oceń",
        this=r"ten\s(?:\w+\s)?(?:fragment|dokument|tekst|wynik|artykuł)\w*",
        first=r"pierwsz\w*|najwyż\w*|na górze|na szczycie",
        please=r"proszę|uwaga",
    ),
    "German": _Language(
        forget=r"ignorier(?:e|t|en sie)|vergi(?:ss|ß)|vergesst|vergessen sie|missachte[nt]?(?: sie)?",
        told=r"(?:vorherig|vorig|bisherig|obig|früher|vorangegangen|deine|ihre|alle)\w*"
        r"\s(?:\w+\s){0,2}?(?:anweisung|instruktion|regel|befehl|vorgabe|prompt|text)\w*",
        place=r"(?:setz|stell|platzier|wähl|bewert|ordne|reih)(?:e|en sie|t)?",
        this=r"diese[ns]?\s(?:\w+\s)?(?:text|dokument|abschnitt|absatz|passage|ergebnis|artikel)\w*",
        first=r"(?:als|an|auf|ganz)\W(?:\w+\s){0,3}?(?:erst|oberst|höchst|vorn|oben)\w*",
        please=r"bitte|achtung",
    ),
    "Dutch": _Language(
        forget=r"negeer|vergeet",
        told=r"(?:vorige|eerdere|bovenstaande|je|uw|alle)"
        r"\s(?:\w+\s){0,2}?(?:instructie|opdracht|regel|aanwijzing|tekst)\w*",
        please=r"alsjeblieft|alstublieft|let op",
    ),
    "French": _Language(
        forget=r"ignore[zs]?|oublie[zs]?|ne tene?z (?:pas|aucun) compte|ne tiens (?:pas|aucun) compte",
        told=r"(?:instruction|consigne|ordre|règle|directive|message|texte)s?"
        r"\s(?:\w+\s){0,2}?(?:précédent|antérieur|ci-dessus|initial)\w*"
        r"|(?:tes|vos) (?:instructions|consignes|règles)|tout ce qui précède",
        place=r"place[zs]?|met(?:s|tez)|class(?:e|ez)|choisi(?:s|ssez)|not(?:e|ez)",
        this=r"ce(?:tte|t)?\s(?:\w+\s)?(?:passage|document|texte|extrait|résultat|article)\w*",
        first=r"premi[eè]r\w*|en tête|tout en haut|meilleur\w*",
        please=r"s['’]il (?:vous|te) pla[iî]t|attention|veuillez",
    ),
    "Spanish": _Language(
        forget=r"ignor(?:a|e|en|ad)|olvid(?:a|e|en|ad)|no hagas? caso",
        told=r"(?:instrucciones|órdenes|reglas|indicaciones|mensajes|textos?)"
        r"\s(?:\w+\s){0,2}?(?:anterior|previ|precedent)\w*"
        r"|(?:tus|sus) (?:instrucciones|reglas|órdenes)|todo lo anterior",
        place=r"pon(?:ga|gan|ed)?|coloca|coloque|clasifica|elige|elija|selecciona|seleccione",
        this=r"est[ea]\s(?:\w+\s)?(?:pasaje|documento|texto|fragmento|resultado|artículo)\w*",
        first=r"primer\w*|en la cima|arriba del todo|mejor\w*",
        please=r"por favor|atención",
    ),
    "Portuguese": _Language(
        forget=r"ignor(?:a|e|em)|esque[çc](?:a|am)|desconsider(?:a|e|em)",
        told=r"(?:instruções|ordens|regras|mensagens|textos?)\s(?:\w+\s){0,2}?(?:anterior|prévi|precedent)\w*"
        r"|(?:suas|tuas) (?:instruções|regras|ordens)|tudo o que (?:veio|foi)",
        please=r"por favor|atenção",
    ),
    "Italian": _Language(
        forget=r"ignora(?:te)?|dimentica(?:te)?|non (?:considerare|tenere conto)",
        told=r"(?:istruzioni|ordini|regole|messaggi|testi?)\s(?:\w+\s){0,2}?(?:precedent|sopra)\w*"
        r"|(?:tue|vostre) (?:istruzioni|regole)|tutto ciò che precede",
        please=r"per favore|attenzione",
    ),
    "Turkish": _Language(
        forget="",
        told=r"(?:önceki|yukarıdaki|tüm|bütün)"
        r"\s(?:\w+\s){0,2}?(?:talimat|yönerge|kural|komut)\w*\s(?:\w+\s)?(?:yok say|görmezden gel|unut)\w*",
        please=r"lütfen|dikkat",
    ),
    "Japanese": _Language(
        forget="",
        told=r"(?:これまで|以前|上記|前|すべて|全て)の?.{0,6}?(?:指示|命令|ルール|プロンプト|文章)を?.{0,6}?(?:無視|忘れ)",
    ),
    "Korean": _Language(
        forget="",
        told=r"(?:이전|앞선|위의?|모든)\s?.{0,8}?(?:지시|명령|지침|규칙|프롬프트)\w*\s?(?:\w+\s)?(?:무시|잊)\w*",
    ),
}


def foreign_order(label: str) -> str:
    """Return the pattern of an order in any of the languages, for letters of either case.

    Args:
        label: Pattern of who speaks, with which a sentence may begin.
    """
    ways: list[str] = []
    for each in _LANGUAGES.values():
        please = rf"(?:(?:{each.please})\b\W*)*" if each.please else ""
        forget = rf"(?:{each.forget})\b.{{0,60}}?(?<!\w)" if each.forget else ""
        ways.append(rf"{please}{forget}(?:{each.told})")
        if each.place:
            ways.append(rf"{please}(?:{each.place})\b.{{0,40}}?(?<!\w)(?:{each.this}).{{0,60}}?(?<!\w)(?:{each.first})")
    return rf"{label}(?:{'|'.join(ways)})"
