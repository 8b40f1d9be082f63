"""Country names as people type them, so that a telephone number can be read in its own country."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

_NAME_MAX = 80
_NOT_A_LETTER = re.compile(r"[^\w]+")


def region_of(country: str | None) -> str:
    """Return the ISO 3166 code of a country as typed, or an empty string when it is not understood.

    Understands two-letter codes and names in English, Spanish, Portuguese, French, German and the country's
    own language, without regard to case, accents and punctuation.

    Example:
        >>> region_of("brasil"), region_of("U.S.A."), region_of("gb"), region_of("Atlantis")
        ('BR', 'US', 'GB', '')
    """
    return _region(country) if country and len(country) <= _NAME_MAX else ""


@lru_cache(maxsize=4096)
def _region(country: str) -> str:
    key = _key(country)
    return _regions().get(key) or _regions().get(key.replace(" ", ""), "")


def _key(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(each for each in decomposed if not unicodedata.combining(each))
    return _NOT_A_LETTER.sub(" ", letters).strip().removeprefix("the ")


@cache
def _regions() -> dict[str, str]:
    regions: dict[str, str] = {}
    for line in _NAMES.strip().splitlines():
        region, _, names = line.partition(" ")
        regions[region.casefold()] = region
        for name in names.split("|"):
            regions.setdefault(_key(name), region)
    return regions


_NAMES = """
AD Andorra|Andorre
AE United Arab Emirates|UAE|الإمارات|Emiratos Árabes Unidos|Emirados Árabes Unidos
AF Afghanistan|Afganistán|Afeganistão
AG Antigua and Barbuda|Antigua y Barbuda|Antígua e Barbuda|Antigua et Barbuda|Antigua und Barbuda
AI Anguilla|Anguila
AL Albania|Albanie|Albanien
AM Armenia|Arménie|Armenien
AO Angola
AR Argentina|Argentine|Argentinien
AS American Samoa|Samoa Americana|Samoa américaines|Amerikanisch-Samoa
AT Austria|Österreich|Autriche
AU Australia|AUS|Australie|Australien
AW Aruba
AX Åland Islands|Islas Aland|Ilhas Aland|Îles Åland|Aaland-Inseln
AZ Azerbaijan|Azerbaiyán|Azerbaijão|Azerbaïdjan|Aserbaidschan
BA Bosnia and Herzegovina|Bosnia y Hercegovina|Bósnia-Herzegovina|Bosnie-Herzégovine
BB Barbados|Barbade
BD Bangladesh|Bangladesch
BE Belgium|België|Bélgica|Belgique|Belgien
BF Burkina Faso|Burquina Faso
BG Bulgaria|България|Bulgarie|Bulgarien
BH Bahrain|Bahreïn
BI Burundi
BJ Benin
BL Saint Barthélemy|San Bartolomé|São Bartolomeu
BM Bermuda|Bermudas|Bermudes
BN Brunei
BO Bolivia|Bolivie|Bolivien
BQ Bonaire, Sint Eustatius and Saba|Bonaire, San Eustaquio y Saba|Bonaire, Saint-Eustache et Saba
BR Brazil|BRA|Brasil|Brésil|Brasilien
BS Bahamas
BT Bhutan|Bután|Butão|Bhoutan
BW Botswana|Botsuana
BY Belarus|Bielorrusia|Biélo-Russie
BZ Belize|Belice
CA Canada|CAN|Kanada
CC Cocos Islands|Islas Cocos|Ilhas Coco|Îles Cocos|Kokos-Inseln
CD The Democratic Republic Of Congo|República Democrática del Congo|Congo-Kinshasa
CF Central African Republic|República Centroafricana|República Centro-Africana
CG Congo|Congo - Brazzaville|Kongo
CH Switzerland|Schweiz|Suiza|Suíça|Suisse
CI Côte d'Ivoire|Ivory Coast|Costa de Marfil|Costa do Marfim|Elfenbeinküste
CK Cook Islands|Islas Cook|Ilhas Cook|Îles Cook|Cook-Inseln
CL Chile|Chili
CM Cameroon|Camerún|República dos Camarões|Cameroun|Kamerun
CN China|People's Republic of China|中国|Chine
CO Colombia|Colombie|Kolumbien
CR Costa Rica
CU Cuba|Kuba
CV Cape Verde|Cabo Verde|Cap Vert|Kap Verde
CW Curaçao
CX Christmas Island|Isla Christmas|Ilhas Natal|Île Christmas|Weihnachtsinsel
CY Cyprus|Chipre|Chypre|Zypern
CZ Czech Republic|Czechia|Česká republika|Chequia|República Tcheca|République Tchèque
DE Germany|DEU|Alemania|Alemanha|Allemagne|Deutschland
DJ Djibouti|Yibuti|Djibuti|Dschibuti
DK Denmark|Danmark|Dinamarca|Danemark
DM Dominica|Dominique
DO Dominican Republic|República Dominicana|République Dominicaine|Dominikanische Republik
DZ Algeria|Argelia|Algérie|Algerien
EC Ecuador|Equador|Equateur
EE Estonia|Eesti|Estonie|Estland
EG Egypt|مصر|Egipto|Egito|Egypte|Ägypten
EH Western Sahara|Sahara Occidental|Saara Ocidental|Westsahara
ER Eritrea|Eritreia|Erythrée
ES Spain|ESP|España|Espanha|Espagne|Spanien
ET Ethiopia|Etiopía|Ethiopie|Äthiopien
FI Finland|Suomi|Finlandia|Finlande|Finnland
FJ Fiji|Fiyi|Fidji|Fidschi
FK Falkland Islands|Islas Malvinas|Ilhas Malvinas|Îles Malouines|Falkland-Inseln
FM Micronesia|Micronésie|Mikronesien
FO Faroe Islands|Islas Feroe|Ilhas Faroe|Îles Féroé|Färöer-Inseln
FR France|FRA|Francia|França|Frankreich
GA Gabon|Gabão|Gabun
GB United Kingdom|UK|Great Britain|England|Scotland|Wales|Northern Ireland|GBR|Reino Unido
GD Grenada|Granada|Grenade
GE Georgia|Géorgie|Georgien
GF French Guiana|Guayana Francesa|Guiana Francesa|Guyane française|Französisch-Guayana
GG Guernsey|Guernesey
GH Ghana|Gana
GI Gibraltar
GL Greenland|Groenlandia|Groenland|Grönland
GM Gambia|Gambie
GN Guinea|Guiné|Guinée
GP Guadeloupe|Guadalupe
GQ Equatorial Guinea|Guinea Ecuatorial|Guiné Equatorial|Guinée Equatoriale|Äquatorial-Guinea
GR Greece|Ελλάδα|Grecia|Grèce|Griechenland
GT Guatemala
GU Guam
GW Guinea-Bissau|Guiné Bissau|Guinée-Bissau
GY Guyana|Guiana
HK Hong Kong|Hong Kong, Região Admin. Especial da China|Hongkong
HN Honduras
HR Croatia|Hrvatska|Croacia|Croatie|Kroatien
HT Haiti
HU Hungary|Magyarország|Hungría|Hongrie|Ungarn
ID Indonesia|Indonésie|Indonesien
IE Ireland|Éire|Republic of Ireland|Irlanda|Irlande|Irland
IL Israel|ישראל
IM Isle Of Man|Isla de Man|Ilha de Man|Ile de Man
IN India|IND|भारत|Inde|Indien
IO British Indian Ocean Territory|Territorio Británico del Océano Índico
IQ Iraq|Iraque|Irak
IR Iran|Irã
IS Iceland|Ísland|Islandia|Islande
IT Italy|ITA|Italia|Italie|Italien
JE Jersey
JM Jamaica|Jamaïque|Jamaika
JO Jordan|Jordania|Jordanie|Jordanien
JP Japan|JPN|日本|Japón|Japão
KE Kenya|Kenia|Quênia
KG Kyrgyzstan|Kirguizistán|Quirguistão|Kirgistan
KH Cambodia|Camboya|Camboja|Cambodge|Kambodscha
KI Kiribati|Quiribati
KM Comoros|Comores|Komoren
KN Saint Kitts And Nevis|San Cristóbal y Nieves|São Cristovão e Nevis|Saint-Christophe-et-Niévès
KP North Korea|Corea del Norte|Coreia do Norte|Corée du Nord|Nordkorea
KR South Korea|Korea|Republic of Korea|대한민국|Corea del Sur|Coreia do Sul|Corée du Sud|Südkorea
KW Kuwait|Koweit
KY Cayman Islands|Islas Caimán|Ilhas Caiman|Îles Caïmans|Kaiman-Inseln
KZ Kazakhstan|Kazajstán|Casaquistão|Kasachstan
LA Laos|República Popular Democrática do Laos
LB Lebanon|Líbano|Liban|Libanon
LC Saint Lucia|Santa Lucia|Sainte-Lucie|St. Lucia
LI Liechtenstein
LK Sri Lanka
LR Liberia
LS Lesotho|Lesoto
LT Lithuania|Lietuva|Lituania|Lithuanie|Litauen
LU Luxembourg|Luxemburgo|Luxemburg
LV Latvia|Latvija|Letonia|Lettonie|Lettland
LY Libya|Libia|Libye|Libyen
MA Morocco|Marruecos|Marrocos|Maroc|Marokko
MC Monaco
MD Moldova|Moldavia|Moldavie|Moldau
ME Montenegro
MF Saint Martin|San Martín|São Martinho|St. Martin
MG Madagascar|Madagaskar
MH Marshall Islands|Islas Marshall|Ilhas Marshall|Îles Marshall|Marshall-Inseln
MK Macedonia|Macédoine|Mazedonien
ML Mali
MM Myanmar|Burma|Mianmar [Birmânia]
MN Mongolia|Mongolie|Mongolei
MO Macao|Macau, Região Admin. Especial da China
MP Northern Mariana Islands|Islas Marianas del Norte|Ilhas Marianas do Norte|Îles Mariannes du Nord
MQ Martinique|Martinica
MR Mauritania|Mauritanie|Mauretanien
MS Montserrat
MT Malta|Malte
MU Mauritius|Mauricio|Maurice
MV Maldives|Maldivas|Maldiven
MW Malawi|Malaui
MX Mexico|MEX|Mexique|Mexiko
MY Malaysia|Malasia|Malaisie
MZ Mozambique|Moçambique|Mosambik
NA Namibia|Namibie
NC New Caledonia|Nueva Caledonia|Nova Caledônia|Nouvelle-Calédonie|Neukaledonien
NE Niger
NF Norfolk Island|Isla Norfolk|Ilha Norfolk|Île Norfolk|Norfolk-Insel
NG Nigeria
NI Nicaragua
NL Netherlands|Holland|The Netherlands|Nederland|Holanda|Pays-Bas|Niederlande
NO Norway|Norge|Noruega|Norvège|Norwegen
NP Nepal
NR Nauru
NU Niue
NZ New Zealand|Nueva Zelanda|Nova Zelândia|Nouvelle-Zélande|Neuseeland
OM Oman|Omã
PA Panama
PE Peru|Pérou
PF French Polynesia|Polinesia Francesa|Polynésie Française|Französisch-Polynesien
PG Papua New Guinea|Papua-Nova Guiné|Papouasie-Nouvelle-Guinée|Papua-Neuguinea
PH Philippines|Filipinas|Philippinen
PK Pakistan|Paquistán|Paquistão
PL Poland|Polska|Polonia|Pologne|Polen
PM Saint Pierre And Miquelon|San Pedro y Miquelón|Saint Pierre e Miquelon|Saint-Pierre-et-Miquelon
PR Puerto Rico|Porto Rico
PS Palestine|Palestina|Territórios palestinos|Palästina
PT Portugal|PRT
PW Palau|Palaos|Belau
PY Paraguay|Paraguai
QA Qatar|Catar|Katar
RE Reunion|Reunião|La Réunion
RO Romania|Rumania|Romênia|Roumanie|Rumänien
RS Serbia|Sérvia|Serbie|Serbien
RU Russia|Russian Federation|Россия|Rusia|Russie|Russland
RW Rwanda|Ruanda
SA Saudi Arabia|السعودية|Arabia Saudita|Arabie Saoudite|Saudi-Arabien
SB Solomon Islands|Islas Salomón|Ilhas Salomão|Îles Salomon|Solomon-Inseln
SC Seychelles|Seychellen
SD Sudan|Sudão|Soudan
SE Sweden|Sverige|Suecia|Suède|Schweden
SG Singapore|Singapur|Cingapura|Singapour
SH Saint Helena|Santa Helena|Sainte-Hélène|St. Helena
SI Slovenia|Slovenija|Eslovenia|Slovénie|Slowenien
SJ Svalbard And Jan Mayen|Svalbard y Jan Mayen|Svalbard e Jan Mayen|Svalbard et Jan Mayen
SK Slovakia|Slovenská republika|Eslovaquia|Slovaquie|Slowakei
SL Sierra Leone|Sierra Leona|Serra Leoa
SM San Marino|Saint-Marin
SN Senegal
SO Somalia|Somalie
SR Suriname|Surinam
SS South Sudan|Sudán del Sur|Sud-Soudan|Südsudan
ST Sao Tome And Principe|Santo Tomé y Príncipe|São Tomé e Príncipe|Sao Tomé et Principe
SV El Salvador
SX Sint Maarten (Dutch part)|San Martín (región holandesa)|Saint-Martin (partie néerlandaise)
SY Syria|Siria|Syrie|Syrien
SZ Swaziland|Suazilandia|Swasiland
TC Turks And Caicos Islands|Islas Turcas y Caicos|Ilhas Turks e Caicos|Îles Turks et Caicos
TD Chad|Chade|Tchad|Tschad
TG Togo
TH Thailand|ประเทศไทย|Tailandia|Thaïlande
TJ Tajikistan|Tayikistán|Tadjiquistão|Tadjikistan|Tadschikistan
TK Tokelau
TL Timor-Leste|East Timor|Timor Oriental
TM Turkmenistan|Turcomenistão
TN Tunisia|Túnez|Tunisie|Tunesien
TO Tonga
TR Turkey|Türkiye|Turquía|Turquie|Türkei
TT Trinidad and Tobago|Trinidad y Tobago|Trinidad e Tobago|Trinité-et-Tobago|Trinidad und Tobago
TV Tuvalu
TW Taiwan
TZ Tanzania|Tanzanie|Tansania
UA Ukraine|Україна|Ucrania
UG Uganda|Ouganda
US United States|USA|United States of America|EUA|EEUU|EE. UU.|Estados Unidos|Etats-Unis
UY Uruguay|Uruguai
UZ Uzbekistan|Uzbequistão|Ouzbékistan|Usbekistan
VA Vatican|Ciudad del Vaticano|Vaticano|Vatikanstadt
VC Saint Vincent And The Grenadines|San Vicente y las Granadinas|São Vicente e Granadinas
VE Venezuela
VG British Virgin Islands|Islas Vírgenes Británicas|Ilhas Virgens Britânicas|Britische Jungferninseln
VI U.S. Virgin Islands|Islas Vírgenes Americanas|Ilhas Virgens dos EUA|Iles Vierges Américaines
VN Vietnam|Viet Nam|Vietnã
VU Vanuatu
WF Wallis And Futuna|Wallis y Futuna|Wallis e Futuna|Wallis-et-Futuna|Wallis und Futuna
WS Samoa
YE Yemen|Iêmen|Jemen
YT Mayotte
ZA South Africa|Sudáfrica|África do Sul|Afrique du Sud|Südafrika
ZM Zambia|Zambie|Sambia
ZW Zimbabwe|Zimbabue|Simbabwe
"""
