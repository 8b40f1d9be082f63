"""Countries the demo's people live in: how names, numbers and addresses look there."""

# ruff: noqa: RUF001  (names in other alphabets are what this file is for)

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Locale:
    """One country as its people write it; every list is an invention around common words.

    Attributes:
        code: two letters.
        country: as typed into a CRM, in English as teams agree on it.
        calling: country calling code.
        phone: national number with ``#`` for digits; the first group is the area.
        trunk: dialled before the national number inside the country, or empty.
        currency: ISO 4217.
        cities: city and region, ``City|Region``.
        street: with ``#`` for the house number.
        postal: with ``#`` for digits.
    """

    code: str
    country: str
    calling: str
    phone: str
    trunk: str
    currency: str
    given: tuple[str, ...]
    family: tuple[str, ...]
    cities: tuple[str, ...]
    street: str
    postal: str
    companies: tuple[str, ...]
    suffix: str
    titles: tuple[str, ...]


def _locale(  # noqa: PLR0917  (a table reads better in columns)
    code: str,
    country: str,
    phone: str,
    currency: str,
    given: str,
    family: str,
    cities: str,
    address: str,
    companies: str,
    titles: str,
) -> Locale:
    calling, trunk, number = phone.split(" ", 2)
    street, postal = address.split("; ")
    words, suffix = companies.split("; ")
    return Locale(
        code=code,
        country=country,
        calling=calling,
        phone=number,
        trunk="" if trunk == "-" else trunk,
        currency=currency,
        given=tuple(given.split(", ")),
        family=tuple(family.split(", ")),
        cities=tuple(cities.split(", ")),
        street=street,
        postal=postal,
        companies=tuple(words.split(", ")),
        suffix=suffix,
        titles=tuple(titles.split(", ")),
    )


LOCALES: tuple[Locale, ...] = (
    _locale(
        "DE", "Germany", "49 0 30 ### #####", "EUR",
        "Jürgen, Käthe, Anneliese, Björn, Sören, Heike, Lothar, Uwe, Mareike, Götz, Ann-Kathrin, Till",
        "Müller-Lüdenscheidt, Schröder, Weiß, von der Heide, Groß, Köhler, Bäcker, Zöllner, Özdemir, Vogt",
        "Berlin|Berlin, Köln|Nordrhein-Westfalen, München|Bayern, Görlitz|Sachsen",
        "Kastanienallee #; 1####",
        "Rheinwerk, Nordlicht, Bärenstark, Grünspan, Eisvogel, Übersee, Feinblech, Kupferkanne; GmbH & Co. KG",
        "Geschäftsführerin, Leiter Einkauf, Vertriebsingenieur, Prokurist",
    ),
    _locale(
        "FR", "France", "33 0 1 99 ## ## ##", "EUR",
        "Hélène, François, Zoé, Noël, Clémence, Jérôme, Anaïs, Benoît, Maëlys, Loïc, Jean-Baptiste",
        "Lefèvre, D'Aubigné, Gérard, Château-Renault, Beauséjour, Péron, L'Hôpital, Faÿ, Mérimée, Ça",
        "Paris|Île-de-France, Besançon|Doubs, Orléans|Loiret, Saint-Étienne|Loire",
        "# bis, rue de l'Été; 75###",
        "Bel Été, Hirondelle, Forêt Noire, Cœur d'Acier, Petit Prêt, Garçonnière, Lumière; S.A.R.L.",
        "Directrice des ventes, Chargé d'affaires, Contrôleur de gestion, Gérant",
    ),
    _locale(
        "ES", "Spain", "34 - 91# ### ###", "EUR",
        "Íñigo, Begoña, José María, Núria, Álvaro, Sofía, Ramón, Iñaki, Lucía, Martín",
        "Núñez Ibáñez, García-Márquez, Peña, Óscar Ruiz, Muñoz, De la Cruz, Zúñiga, Castaño, Rincón",
        "Madrid|Madrid, Logroño|La Rioja, A Coruña|Galicia, Cádiz|Andalucía",
        "Avenida del Niño Perdido, #; 28###",
        "Mañana, Cigüeña, Piñón, Sueño Real, Montaña, Añil, Río Seco; S.L.U.",
        "Jefa de compras, Director técnico, Administración, Ventas",
    ),
    _locale(
        "BR", "Brazil", "55 0 11 9#### ####", "BRL",
        "João, Conceição, Luíza, Antônio, Tainá, Caê, Verônica, Flávio, Inês, Tomé",
        "Gonçalves, da Conceição, Araújo, Simões, Leitão, Falcão Neto, Brandão, de Sá, Magalhães",
        "São Paulo|SP, Brasília|DF, Goiânia|GO, Florianópolis|SC",
        "Rua São João, #; 01###-000",
        "Pão de Ló, Açaí, Três Corações do Sul, Água Viva, Coração, Sertão, Jabuticaba; Ltda.",
        "Sócia, Gerente de operações, Diretor de vendas, Técnico",
    ),
    _locale(
        "PL", "Poland", "48 - 22 ### ## ##", "PLN",
        "Łukasz, Żaneta, Michał, Grażyna, Świętosława, Paweł, Bożena, Wojciech, Zdzisław",
        "Wiśniewska, Dąbrowski, Żółć, Kowalczyk, Śliwa, Brzęczyszczykiewicz, Łęcki, Zając, Ćwik",
        "Łódź|łódzkie, Kraków|małopolskie, Gdańsk|pomorskie, Wrocław|dolnośląskie",
        "ul. Świętojańska #; 00-###",
        "Żółty Dom, Bursztyn, Łabędź, Północ, Ślimak, Gąsior, Zielona Góra; Sp. z o.o.",
        "Kierowniczka działu, Księgowy, Dyrektor, Przedstawiciel",
    ),
    _locale(
        "TR", "Turkey", "90 0 212 ### ## ##", "TRY",
        "İbrahim, Şule, Çağrı, Özge, Gülşen, Işıl, Ümit, Doğan, Aslı, Tuğba",
        "Yılmaz, Şahin, Çelik, Öztürk, Güneş, Kılıç, Işık, Aydın, Tanrıverdi",
        "İstanbul|İstanbul, Eskişehir|Eskişehir, Muğla|Muğla, Iğdır|Iğdır",
        "Çiçek Sokağı No: #; 34###",
        "Gökkuşağı, Ilgaz, Şafak, Üçgen, Değirmen, Çınar, Işıltı; A.Ş.",
        "Satış Müdürü, Genel Müdür, Muhasebeci, Uzman",
    ),
    _locale(
        "RU", "Kazakhstan", "7 8 727 ### ## ##", "KZT",
        "Алёна, Ержан, Семён, Дарья, Пётр, Айгуль, Юрий, Нурлан, Фёкла",
        "Королёв, Щербакова, Жумабаев, Чехов-Чернов, Ильина, Сәрсенов, Ёлкина, Подъячев",
        "Алматы|Алматы, Астана|Астана, Шымкент|Түркістан",
        "ул. Зелёная, д. #; 0500##",
        "Северное сияние, Звёздочка, Подъём, Жёлтый слон, Ветер, Родник; ТОО",
        "Менеджер по закупкам, Директор, Главный инженер, Бухгалтер",
    ),
    _locale(
        "IL", "Israel", "972 0 3 ### ####", "ILS",
        "נועה, אורי, תמר, יואב, שירה, איתן, מיכל, עידו",
        "בן־דוד, לוי, אבולעפיה, כהן־צדק, פרידמן, שלום, אלמוג, ברק",
        "תל אביב|מרכז, חיפה|צפון, באר שבע|דרום",
        "רחוב הזית #; 61###00",
        "אורן ירוק, גל חדש, שמש, כוכב הצפון, ענן, רימון; בע״מ",
        "מנהלת רכש, סמנכ״ל מכירות, מהנדס, חשבת",
    ),
    _locale(
        "AE", "United Arab Emirates", "971 0 4 ### ####", "AED",
        "ليلى, خالد, فاطمة الزهراء, عبد الرحمن, نور, يوسف, مريم, طارق",
        "الحسن, بن زايد النجار, المنصوري, القاسم, الهاشمي, البنا, العلي",
        "دبي|دبي, أبو ظبي|أبو ظبي, الشارقة|الشارقة",
        "شارع النخيل #; ",
        "الأفق الجديد, النخلة, واحة, البدر, الصقر, الياسمين; ذ.م.م",
        "مديرة المبيعات, مهندس, محاسب, مدير عام",
    ),
    _locale(
        "JP", "Japan", "81 0 3 #### ####", "JPY",
        "陽子, 健太郎, さくら, 大輔, 美咲, 翔, ケイ, 結衣",
        "佐藤, 髙橋, 渡邉, 小鳥遊, 齋藤, 山﨑, 伊集院, 東海林",
        "東京|東京都, 横浜|神奈川県, 札幌|北海道",
        "桜丘町#番地; 150-####",
        "青空, 銀河, 松葉, 波, 雷鳥, 金木犀; 株式会社",
        "営業部長, 購買担当, 代表取締役, エンジニア",
    ),
    _locale(
        "CN", "China", "86 0 21 #### ####", "CNY",
        "晓明, 丽华, 伟, 诗涵, 志强, 梓萱, 建国",
        "欧阳, 诸葛, 王, 司徒, 陈, 龘, 慕容",
        "上海|上海市, 成都|四川省, 西安|陕西省",
        "长乐路#号; 200###",
        "蓝天, 远航, 金桥, 竹林, 白鹤, 星河; 有限公司",
        "采购经理, 销售总监, 工程师, 总经理",
    ),
    _locale(
        "KR", "South Korea", "82 0 2 ### ####", "KRW",
        "지우, 서연, 민준, 하은, 도윤, 수아",
        "김, 남궁, 황보, 박, 제갈, 선우",
        "서울|서울특별시, 부산|부산광역시",
        "은행나무로 #; 04###",
        "푸른숲, 한빛, 새벽별, 무지개, 소나무; 주식회사",
        "구매 팀장, 영업 이사, 연구원",
    ),
    _locale(
        "IN", "India", "91 0 22 #### ####", "INR",
        "प्रिया, Arjun, Lakshmi, अमित, Sundararajan, Meera, Ravi, दीपिका",
        "शर्मा, Venkataraghavan, Iyer, Patel, गुप्ता, Krishnamurthy, Banerjee",
        "Mumbai|Maharashtra, Bengaluru|Karnataka, Chennai|Tamil Nadu",
        "#/A, Banyan Tree Road; 4000##",
        "Lotus Leaf, Saffron Sky, नीला आकाश, Monsoon, Peacock, Banyan; Pvt. Ltd.",
        "Purchase Head, VP (Sales), Sr. Engineer, Accountant",
    ),
    _locale(
        "VN", "Vietnam", "84 0 24 #### ####", "VND",
        "Nguyệt, Đức, Thảo, Hữu Phước, Quỳnh, Tuấn, Ánh Dương",
        "Nguyễn, Trần Lê, Phạm, Đặng, Vũ, Huỳnh",
        "Hà Nội|Hà Nội, Đà Nẵng|Đà Nẵng, Huế|Thừa Thiên Huế",
        "# Phố Hàng Bún; 1000##",
        "Sông Hồng, Ánh Sao, Mưa Rào, Đất Việt, Trúc Xanh; TNHH",
        "Trưởng phòng, Giám đốc, Kế toán",
    ),
    _locale(
        "SE", "Sweden", "46 0 8 ### ### ##", "SEK",
        "Åsa, Björn, Örjan, Märta, Håkan, Linnéa, Sixten, Ebba",
        "Ångström, Sjöberg, af Klint, Höglund, Åkerström-Öst, Lindqvist, Björk",
        "Malmö|Skåne, Göteborg|Västra Götaland, Umeå|Västerbotten",
        "Älggränd #; 11# ##",
        "Björkdal, Ålen, Fjällbris, Sköldpadda, Höstlöv; AB",
        "Inköpschef, Säljare, VD, Ekonom",
    ),
    _locale(
        "CZ", "Czechia", "420 - 2## ### ###", "CZK",
        "Řehoř, Žofie, Jiří, Kateřina, Ondřej, Šárka, Zdeněk",
        "Dvořáková, Příhoda, Němec, Čapková, Řezníček, Šťastný, Ďurica",
        "Plzeň|Plzeňský kraj, Děčín|Ústecký kraj, Brno|Jihomoravský kraj",
        "Na Příkopě #; 1## 00",
        "Modrý slon, Žížala, Měsíček, Říčka, Bílá věž; s.r.o.",
        "Vedoucí nákupu, Jednatel, Účetní",
    ),
    _locale(
        "GR", "Greece", "30 - 21# ### ####", "EUR",
        "Ελένη, Γιώργος, Χρυσάνθη, Ιάσων, Δήμητρα, Σπύρος",
        "Παπαδοπούλου, Οικονόμου, Κωνσταντινίδης, Ξένος, Αγγελής",
        "Αθήνα|Αττική, Πάτρα|Αχαΐα, Θεσσαλονίκη|Μακεδονία",
        "Οδός Ελιάς #; 1####",
        "Γαλάζιο Κύμα, Ήλιος, Ελαιώνας, Άνεμος; Α.Ε.",
        "Διευθύντρια, Μηχανικός, Λογιστής",
    ),
    _locale(
        "GB", "United Kingdom", "44 0 20 7946 0###", "GBP",
        "Siân, Alasdair, Rhys, Niamh, Imogen, Hamish, Cerys, Tobias, Zadie",
        "O'Donoghue, Featherstonehaugh, Smith-Jones, MacGregor, ap Rhys, St. John, Brontë-Hale, Ng",
        "London|Greater London, Ynys Môn|Wales, St Andrews|Fife, Bath|Somerset",
        "# Thistle Row, Flat 3; SW1# #AA",
        "Thistle & Rook, Old Kiln, Badger's Gate, Fen Lane, Larkspur; PLC",
        "Head of Buying, CTO, Account Exec., Clerk",
    ),
    _locale(
        "US", "United States", "1 - 212 555 01##", "USD",
        "Ana Lucía, DeShawn, Mary-Beth, Jr, Chloë, Truman, Xochitl, Beau, Renée, Winona",
        "Van Der Berg, McAllister III, O’Brien, De Los Santos, Nguyen-Smith, Begay, Lee, X",
        "New York|NY, Cañon City|CO, Winston-Salem|NC, Coeur d'Alene|ID",
        "# Maple Ave., Ste. #B; 100##",
        "Blue Heron, Cactus Flat, Ridgeline, Paper Moon, Coyote, Old Mill; Inc.",
        "VP Sales, Buyer II, Director / Ops, Owner",
    ),
    _locale(
        "NG", "Nigeria", "234 0 1 ### ####", "NGN",
        "Olúwaṣeun, Chidinma, Ṣadé, Emeka, Ìbùkún, Ngozi, Babátúndé",
        "Adéyẹmí, Nwáchukwu, Ọlátúnjí, Eze, Okonkwo-Bello, Ṣóyínká",
        "Lagos|Lagos, Ìbàdàn|Oyo, Abuja|FCT",
        "Plot #, Palm Grove; 1000##",
        "Kola Nut, Red Earth, Harmattan, Baobab, Sunbird; Nig. Ltd",
        "Managing Director, Procurement, Engineer",
    ),
)  # fmt: skip
