"""Word lists in many scripts, from which names of artists and works are put together; all of them are invented."""

# ruff: noqa: RUF001 - letters of other alphabets are the point here

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Tongue:
    """One way to make names: a head and a tail with `joiner` between them.

    Attributes:
        country: two letters that recording codes of this tongue begin with.
        share: weight among all tongues.
        joiner: what stands between head and tail; empty where the script has no spaces.
        titles: heads and tails of works.
        bands: heads and tails of performers.
    """

    country: str
    share: int
    joiner: str
    titles: tuple[tuple[str, ...], tuple[str, ...]]
    bands: tuple[tuple[str, ...], tuple[str, ...]]


def _tongue(country: str, share: int, *, heads: str, tails: str, joiner: str = " ") -> Tongue:
    words = (_split(heads), _split(tails))
    return Tongue(country, share, joiner, words, words)


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("|"))


_ENGLISH_BANDS: Final = (
    _split(
        "Copper|Juniper|Velour|Marble|Thistle|Sparrow|Cinder|Larkspur|Saltwater|Ember|Quarry|Meridian"
        "|Tidal|Foxglove|Granite|Heron|Ivory|Kestrel|Linden|Mulberry|Northbound|Oakmoss|Pepper|Quicksilver"
        "|Rowan|Sable|Tamarind|Umber|Violet|Wicker|Yarrow|Zephyr|Bramble|Clover|Dusty|Elder|Fathom"
        "|Gossamer|Hazel|Indigo"
    ),
    _split(
        "Orchard|Parade|Radio|Choir|Cartel|Society|Motel|Arcade|Telegraph|Harbour|Committee|Carousel"
        "|Cinema|Ferry|Gardens|Hotel|Institute|Junction|Kites|Library|Machine|Navigators|Observatory"
        "|Postcards|Quartet|Regatta|Signals|Turnstile|Union|Voyage|Weather|Yard|Almanac|Balcony|Compass"
        "|Detectives|Escalator|Foundry|Greenhouse|Horizon"
    ),
)

TONGUES: Final = (
    Tongue(
        "GB",
        22,
        " ",
        (
            _split(
                "Amber|Broken|Crooked|Distant|Electric|Fading|Gentle|Hollow|Idle|Jagged|Kindred|Lonely"
                "|Midnight|Narrow|Open|Pale|Quiet|Restless|Silver|Tender|Unwritten|Velvet|Wandering|Yellow"
                "|Borrowed|Careless|Daylight|Evening|Frozen|Golden|Hidden|Infinite|Late|Magnetic|Neon"
                "|Ordinary|Paper|Rusted|Second|Winter"
            ),
            _split(
                "Anthem|Bridges|Carnival|Distance|Echoes|Fever|Gravity|Hallway|Islands|Jasmine|Keys"
                "|Letters|Mirrors|Number|Ocean|Promises|Question|River|Shadows|Tides|Umbrella|Valley"
                "|Windows|Years|Airplanes|Balloons|Corners|Diamonds|Engines|Fireflies|Gardens|Honey|Ink"
                "|Kingdom|Lanterns|Maps|Nightfall|Orbit|Parade|Rooms"
            ),
        ),
        _ENGLISH_BANDS,
    ),
    Tongue(
        "US",
        14,
        " ",
        (
            _split(
                "Dancing|Driving|Falling|Waiting|Running|Sleeping|Singing|Walking|Breathing|Drifting"
                "|Burning|Leaving|Counting|Dreaming|Floating|Hiding|Learning|Looking|Shining|Turning"
            ),
            _split(
                "After the Rain|Before You Go|in the Static|on the Overpass|Without a Map"
                "|Under Streetlights|to Nowhere|for the Weekend|Through the Wires|Like Weather"
                "|Again Tomorrow|at the Drive-In|Past Midnight|With the Lights On|Back to Shore"
                "|Beyond the Pines|Till Monday|Over the Border|Off the Record|Down Sycamore Street"
                "|Beside the Radio|Don't Wait Up"
            ),
        ),
        _ENGLISH_BANDS,
    ),
    _tongue(
        "FR",
        6,
        heads="Lumière|Forêt|Rêverie|Étoile|Marée|Fenêtre|Poussière|Mélodie|Valse|Île|Chanson|Brume|Écho"
        "|Ombre|Fièvre|Rivière|Neige|Traversée|Cœur|Façade",
        tails="d'hiver|du nord|à minuit|sans retour|de verre|en avril|d'été|sous la pluie|près du port"
        "|des oubliés|de papier|au réveil|à l'aube|de cuivre|en sourdine|du quai Sud|d'août|après la fête"
        "|de février|sans âge",
    ),
    _tongue(
        "ES",
        6,
        heads="Canción|Corazón|Niña|Montaña|Sueño|Noche|Bahía|Luz|Otoño|Espejo|Jardín|Camión|Azúcar|Río"
        "|Sombra|Vals|Mañana|Ciudad|Volcán|Carta",
        tails="de invierno|sin dueño|del sur|en abril|de cristal|bajo la lluvia|de papel|al amanecer"
        "|del olvido|de sal|sin regreso|de la estación|del desván|en llamas|de jazmín|para Inés|del mañana"
        "|a contraluz|de terciopelo|sin brújula",
    ),
    _tongue(
        "BR",
        5,
        heads="Canção|Coração|Manhã|Maré|Saudade|Avenida|Verão|Estação|Luz|Varanda|Sertão|Avião|Açúcar"
        "|Paixão|Neblina|Jangada|Violão|Esquina|Quintal|Irmã",
        tails="de inverno|do sul|sem pressa|à meia-noite|de algodão|da serra|em São João|na contramão"
        "|de papel|do cais|sem fim|da manhã|de vidro|do interior|ao luar|da lagoa|em três tempos|de março"
        "|da ladeira|sem nome",
    ),
    _tongue(
        "DE",
        5,
        heads="Straßenlicht|Wintergarten|Müdigkeit|Sommerregen|Nachtzug|Papiermond|Glühwürmchen|Brücke"
        "|Fernweh|Möwen|Kaltes Wasser|Spätsommer|Südwind|Träume|Großstadt|Flüstern|Schlüssel|Heimweg"
        "|Rückkehr|Grüße",
        tails="im Regen|nach Mitternacht|über der Stadt|am Hafen|ohne Ende|für Jörg|im Rückspiegel"
        "|hinter Glas|zum Frühstück|vor Köln|in Grün|ohne Ziel|am Fluss|aus Übersee|unter Strom|bei Nacht"
        "|von früher|im März|auf Papier|zwischen den Jahren",
    ),
    _tongue(
        "PL",
        3,
        heads="Światło|Zima|Rzeka|Łódka|Cisza|Źródło|Miłość|Ścieżka|Jesień|Księżyc|Most|Wiśnia|Mgła|Żagiel"
        "|Okno|Śnieg",
        tails="nad Wisłą|o północy|bez końca|w deszczu|na peronie|z papieru|po sąsiedzku|we mgle|do jutra"
        "|za rogiem|w kwietniu|z daleka|na Żoliborzu|przed świtem|w październiku|bez słów",
    ),
    _tongue(
        "TR",
        3,
        heads="Gece|Işık|Yağmur|Deniz|Rüzgâr|Gölge|Şehir|Köprü|Çiçek|Güneş|Düş|Ada|İstasyon|Ayna|Kış|Yıldız",
        tails="Şarkısı|Yolcusu|Bahçesi|Sokağı|Mektubu|Mevsimi|Düşleri|Gölgesi|Treni|Sahili|Işığı|Öyküsü"
        "|Kıyısı|Çağı|Hatırası|Müziği",
    ),
    _tongue(
        "VN",
        2,
        heads="Đêm|Mưa|Ánh Trăng|Dòng Sông|Mùa Thu|Cánh Đồng|Thuyền Giấy|Nắng|Phố Cũ|Gió|Biển|Hoa Sữa",
        tails="Tháng Bảy|Phương Nam|Không Tên|Trở Về|Và Em|Bên Hiên|Đầu Ngõ|Xa Xôi|Cuối Tuần|Một Mình"
        "|Ngày Ấy|Miền Nhớ",
    ),
    _tongue(
        "IS",
        2,
        heads="Vetrarnótt|Þoka|Ljósið|Fjöllin|Hafið|Snjór|Vögguljóð|Eldur|Jökull|Æskan|Draumur|Norðurljós",
        tails="yfir firðinum|í apríl|við höfnina|án orða|eftir miðnætti|í þögn|á morgun|úr gleri|fyrir Ásu"
        "|að eilífu|undir ísnum|heima",
    ),
    _tongue(
        "RU",
        6,
        heads="Ночной трамвай|Тихая вода|Бумажный снег|Дальний берег|Зимний свет|Последний поезд"
        "|Медный месяц|Жёлтый дым|Синий лёд|Северный ветер|Старый мост|Белый шум|Звёздный дождь"
        "|Сонный город|Чужой голос|Летний сад",
        tails="над рекой|без тебя|в апреле|до утра|за окном|на крыше|под дождём|из стекла|по кругу|у моря"
        "|после полуночи|в тишине|на двоих|без ответа|из детства|возле станции",
    ),
    _tongue(
        "UA",
        3,
        heads="Вечірня зоря|Тихий причал|Паперовий човен|Осінній двір|Їжачок|Зимова казка|Срібний дощ"
        "|Місячна стежка|Ранковий потяг|Далекий острів|Міський вітер|Синій ґудзик",
        tails="над Дніпром|у квітні|без слів|біля моря|до світанку|на даху|після зливи|в тумані|за рогом"
        "|з паперу|для Їви|у тиші",
    ),
    _tongue(
        "GR",
        3,
        heads="Νύχτα|Θάλασσα|Φεγγάρι|Βροχή|Χειμώνας|Σιωπή|Άνεμος|Λιμάνι|Όνειρο|Δρόμος|Καλοκαίρι|Γέφυρα",
        tails="χωρίς τέλος|στον ήλιο|του νότου|από χαρτί|στην ταράτσα|του Απρίλη|μέχρι το πρωί"
        "|δίπλα στη θάλασσα|της μνήμης|στη βροχή|για δύο|χωρίς λόγια",
    ),
    _tongue(
        "JP",
        6,
        joiner="",
        heads="夜明けの|紙の|真夜中の|雨上がりの|銀色の|遠い|透明な|忘れられた|夏の終わりの|海辺の|青い"
        "|静かな|最後の|ガラスの|ひとりぼっちの|春の",
        tails="灯台|列車|手紙|花火|観覧車|図書館|メリーゴーランド|ラジオ|地平線|約束|交差点|くじら"
        "|レコード|飛行船|桟橋|シグナル",
    ),
    _tongue(
        "KR",
        5,
        heads="새벽의|종이로 만든|겨울의|비 오는|푸른|느린|잊혀진|투명한|여름밤의|조용한|마지막|낯선|은빛|봄날의",
        tails="등대|편지|기차|불꽃놀이|정류장|그림자|바다|약속|우산|도서관|라디오|골목길|나침반|풍경",
    ),
    _tongue(
        "TW",
        5,
        joiner="",
        heads="黎明的|纸做的|午夜|雨后的|银色|遥远的|透明的|被遗忘的|夏末的|海边的|蓝色|安静的|最后的|玻璃"
        "|冬日|九月的",
        tails="灯塔|列车|信件|烟火|摩天轮|图书馆|旋转木马|电台|地平线|约定|十字路口|鲸鱼|唱片|飞艇|渡口|信号",
    ),
    _tongue(
        "EG",
        4,
        heads="ليل|قمر|ضوء|مطر|حلم|نافذة|صوت|ظل|قطار|رسالة|نجمة|شتاء|قارب|حديقة",
        tails="المدينة|الصحراء|البحر|الغياب|الصباح|النسيان|الورق|الجنوب|الميناء|الأمس|الياسمين|السكون"
        "|الرحيل|الطفولة",
    ),
    _tongue(
        "IL",
        3,
        heads="אור|לילה|גשם|חלון|רכבת|מכתב|צל|חורף|שיר|סירה|כוכב|גן",
        tails="על המים|בלי מילים|אחרי חצות|מנייר|עד הבוקר|ליד הנמל|של אפריל|מעל העיר|בדרום|לשניים|בגשם|מזכוכית",
    ),
    _tongue(
        "IN",
        4,
        heads="चाँद के पार|नदी किनारे|आधी रात को|बारिश में|शहर से दूर|खिड़की पर|पुरानी गली में"
        "|सर्दियों की धूप में|हवा के साथ|सपनों के बीच|पहाड़ के पीछे|स्टेशन पर",
        tails="रोशनी|एक चिट्ठी|पतंग|कहानी|परछाई|ख़ामोशी|रेलगाड़ी|मुसाफ़िर|दीपक|धुन|आवाज़|नाव",
    ),
    _tongue(
        "TH",
        3,
        joiner="",
        heads="แสงไฟ|สายฝน|ดวงจันทร์|ทะเล|จดหมาย|รถไฟ|ความฝัน|เงา|ดอกไม้|เสียงเพลง|ลมหนาว|เรือกระดาษ",
        tails="ยามค่ำคืน|ที่หายไป|ปลายทาง|ในเมืองเก่า|ริมหน้าต่าง|เดือนเมษา|กลางใจ|ไร้เสียง|ก่อนฟ้าสาง|ของเรา|สุดท้าย|ทางใต้",
    ),
)

GENRES: Final = _split(
    "ambient pop|art rock|bedroom pop|bossa nova|chamber folk|chanson|city pop|cloud rap|coldwave"
    "|dream pop|dub techno|electro swing|folktronica|garage punk|indie folk|jangle pop|k-indie|lo-fi beats"
    "|math rock|melodic house|neo soul|new wave|post-rock|shoegaze|slowcore|synthpop|trip hop"
    "|turkish psych|vapor soul|world fusion"
)

LABELS: Final = _split(
    "Tin Roof Recordings|Slow Comet|Harbourmaster Records|Éditions du Phare|Discos Bahía"
    "|Papiermond Tonträger|夜光レコード|Low Tide Music|Marigold & Sons|Ninth Platform|Polar Bloom"
    "|Grand Trunk Sound"
)

OWNERS: Final = _split("mara_lind|quietkeys|tomasz.w|jo-anne77|hikari|desert_radio|pixelfern|oldharbour")
MOODS: Final = _split(
    "Morning|Late Night|Rainy|Focus|Roadtrip|Sunday|Kitchen|Slow|Bright|Study|Gym|Winter|Beach|Café"
)
SESSIONS: Final = _split("Mix|Favourites|Drive|Songs|Picks|Sessions|Rotation|Discoveries|Companion|Tape")
