"""Country codes: where the fake catalogue is on sale, and which codes a `market` parameter may name at all."""

from typing import Final

_OPEN: Final = (
    "AD AE AG AL AM AO AR AT AU AZ BA BB BD BE BF BG BH BI BJ BN BO BR BS BT BW BY BZ CA CD CG CH CI CL CM CO "
    "CR CV CW CY CZ DE DJ DK DM DO DZ EC EE EG ES ET FI FJ FM FR GA GB GD GE GH GM GN GQ GR GT GW GY HK HN HR "
    "HT HU ID IE IL IN IQ IS IT JM JO JP KE KG KH KI KM KN KR KW KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD "
    "ME MG MH MK ML MN MO MR MT MU MV MW MX MY MZ NA NE NG NI NL NO NP NR NZ OM PA PE PG PH PK PL PR PS PT PW "
    "PY QA RO RS RW SA SB SC SE SG SI SK SL SM SN SR ST SV SZ TD TG TH TJ TL TN TO TR TT TV TW TZ UA UG US UY "
    "UZ VC VE VN VU WS XK ZA ZM ZW"
)
_CLOSED: Final = (
    "AF AI AQ AS AW AX BL BM BQ BV CC CF CK CN CU CX EH ER FK FO GF GG GI GL GP GS GU HM IM IO IR JE KP KY MF "
    "MM MP MQ MS NC NF NU PF PM PN RE RU SD SH SJ SO SS SX SY TC TF TK TM UM VA VG VI WF YE YT"
)

MARKETS: Final = tuple(_OPEN.split())
"""Countries with a Spotify service."""

COUNTRIES: Final = frozenset(MARKETS).union(_CLOSED.split())
"""Every two-letter code of ISO 3166-1, and XK for Kosovo, which it lacks."""

FEW_MARKETS: Final = ("AT", "CA", "CH", "DE", "FR", "GB", "IE", "JP", "NL", "US")
"""Where a release of limited distribution is on sale."""

AUDIOBOOK_MARKETS: Final = ("AU", "CA", "GB", "IE", "NZ", "US")
"""The only countries with audiobooks."""
