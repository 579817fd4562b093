"""Word lists for podcasts and audiobooks in several languages; shows, books and people are all invented."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Voice:
    """One language that is spoken.

    Attributes:
        language: ISO 639-1 code, as `languages` says it.
        share: weight among all voices.
        joiner: what stands between a head and a tail.
        shows: heads and tails of show names.
        episodes: heads and tails of episode titles.
        books: heads and tails of audiobook titles.
        people: given names and family names of authors and narrators.
        publishers: houses that publish both shows and books.
        chapter: how a chapter is headed, with `{}` for its number.
        lines: sentences that descriptions are put together from.
    """

    language: str
    share: int
    joiner: str
    shows: tuple[tuple[str, ...], tuple[str, ...]]
    episodes: tuple[tuple[str, ...], tuple[str, ...]]
    books: tuple[tuple[str, ...], tuple[str, ...]]
    people: tuple[tuple[str, ...], tuple[str, ...]]
    publishers: tuple[str, ...]
    chapter: str
    lines: tuple[str, ...]


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("|"))


def _pair(heads: str, tails: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return _split(heads), _split(tails)


VOICES: Final = (
    Voice(
        "en",
        10,
        " ",
        _pair(
            "The Slow|Kitchen Table|Night Shift|Unfinished|The Borrowed|Small Hours|Back Porch|The Curious"
            "|Long Way"
            "|Second Draft|The Quiet|Paper Trail|Loose Change|Half Past|The Ordinary|North Platform",
            "Desk|Almanac|Files|Dispatch|Questions|Machine|Hour|Report|Archive|Lessons|Stories|Signal|Minutes"
            "|Notebook|Theory|Weather",
        ),
        _pair(
            "Why we keep|How to lose|The trouble with|In defence of|What nobody told us about|A short history of"
            "|Letters about|The last days of|Learning to love|Three ways to mend|The hidden cost of|Listening to"
            "|Notes on|The woman who saved|Growing up with|The strange return of",
            "lighthouses|night trains|sourdough|forgotten maps|small talk|old radios|lost gloves|tide tables"
            "|quiet rooms|borrowed books|bad weather|paper money|street pianos|slow mornings|allotment gardens"
            "|the postal service",
        ),
        _pair(
            "The Cartographer's|A Season of|The Salt|Every Borrowed|The Winter|Under the|An Inventory of"
            "|The Keeper of|Nine Letters from|The Last|Beyond the|A Handbook of|The Unlit|Return to",
            "Orchard|Harbour|Small Fires|Ferryman|Glass House|Tides|Lantern Street|Quiet Kingdom|Northern Line"
            "|Lost Weather|Paper Sea|Stone Garden|Second Summer|Observatory",
        ),
        _pair(
            "Maren|Idris|Constance|Theo|Priya|Callum|Odette|Ruben|Saoirse|Jonah|Beatrix|Kwame",
            "Holloway|Achterberg|Fennimore|Oduya|Lindqvist|Marlowe|Tarrant|Quennell|Ashdown|Bexley|Corrigan|Vane",
        ),
        _split("Low Tide Audio|Tin Roof Media|Ninth Platform|Marigold & Sons|Half Moon Sound|Slow Comet Press"),
        "Chapter {}",
        (
            "What begins as a simple question soon becomes a walk through three cities and a very old argument.",
            "Our guest has asked strangers the same thing for eleven years, and kept every answer in a shoebox.",
            "There is a recipe, a river, and a letter that was never sent.",
            "We talk about patience, bad maps, and the pleasure of being wrong in good company.",
            "Recorded on location between the harbour and the last bus, with the windows open.",
            "If you enjoy it, tell one friend; that is still the best way for a small programme to travel.",
            "Later, a listener writes in with a correction that turns the whole story around.",
            "It is about work, weather and what people owe to the places that raised them.",
            "This one was made slowly, and it rewards being heard the same way.",
            "Nothing here is quite an answer, yet by the end the question has changed.",
        ),
    ),
    Voice(
        "es",
        3,
        " ",
        _pair(
            "La Sobremesa|El Mapa|Café|Cuaderno|Hora|La Azotea|Voces|El Tren|Radio|Doce Minutos",
            "de Noche|sin Prisa|del Sur|de Papel|Abierta|en Voz Baja|del Barrio|y Sal|de Ida|Pendiente",
        ),
        _pair(
            "Por qué olvidamos|La historia de|Cómo perder|Elogio de|Lo que nadie contó sobre|Cartas sobre"
            "|El último día de|Aprender de|Una defensa de|El regreso de",
            "los faros|los trenes nocturnos|el pan lento|las azoteas|los mapas viejos|la siesta"
            "|las radios antiguas"
            "|los cines cerrados|el silencio|las cartas",
        ),
        _pair(
            "El jardín|La casa|Los inviernos|La memoria|El oficio|Nueve cartas",
            "de sal|de los relojes|del faro|sin ventanas|de la lluvia|de Inés",
        ),
        _pair("Inés|Mateo|Lucía|Álvaro|Ximena|Rafael", "Ibarra|Quiroga|Montalvo|Serrano|Ledesma|Arce"),
        _split("Discos Bahía|Editorial Marea|Sonido Azotea"),
        "Capítulo {}",
        (
            "Lo que empieza como una pregunta sencilla termina en un paseo por tres ciudades.",
            "Nuestra invitada guardó cada respuesta en una caja de zapatos durante once años.",
            "Hay una receta, un río y una carta que nunca se envió.",
            "Hablamos de paciencia, de malos mapas y del placer de equivocarse en buena compañía.",
            "Grabado entre el puerto y el último autobús, con las ventanas abiertas.",
            "Si te gusta, cuéntaselo a alguien: así viaja un programa pequeño.",
        ),
    ),
    Voice(
        "de",
        3,
        " ",
        _pair(
            "Küchentisch|Nachtschicht|Zwischen|Die langsame|Papierkram und|Spätzug|Kleine|Halb acht:"
            "|Fernweh und|Der",
            "Gespräche|Stunde|Wetter|Funk|Notizen|Fragen|Archiv|Gleis neun|Zettel|Brücken",
        ),
        _pair(
            "Warum wir vergessen:|Eine kurze Geschichte:|Was niemand sagt über|Lob auf|Die Rückkehr der"
            "|Briefe über"
            "|Drei Wege zu|Der letzte Tag der|Vom Glück der|Streit um",
            "Leuchttürme|Nachtzüge|Sauerteigbrote|Stadtpläne|Kleingärten|Tonbänder|Dachböden|Poststempel"
            "|Sommerferien|Fahrradschlösser",
        ),
        _pair(
            "Das Haus|Der Winter|Neun Briefe|Die Fähre|Ein Garten|Das Licht",
            "hinter dem Deich|aus Papier|am Grenzfluss|ohne Fenster|im März|der Kartografin",
        ),
        _pair(
            "Jörg|Anneliese|Tobias|Käthe|Matthis|Friederike", "Brückner|Sünder|Oelßner|Haferkamp|Weidlich|Krämer"
        ),
        _split("Papiermond Tonträger|Verlag Gleis Neun|Deichfunk"),
        "Kapitel {}",
        (
            "Was als einfache Frage beginnt, wird ein Spaziergang durch drei Städte.",
            "Unser Gast hat elf Jahre lang jede Antwort in einem Schuhkarton gesammelt.",
            "Es geht um ein Rezept, einen Fluss und einen Brief, der nie abgeschickt wurde.",
            "Wir sprechen über Geduld, schlechte Karten und das Vergnügen, sich zu irren.",
            "Aufgenommen zwischen Hafen und letztem Bus, bei offenem Fenster.",
            "Wer es mag, erzähle es einem Menschen weiter: So reist eine kleine Sendung.",
        ),
    ),
    Voice(
        "fr",
        3,
        " ",
        _pair(
            "Les Nuits|La Table|Carnet|L'Heure|Voix|Le Grenier|Quai|Radio|Sous|La Fenêtre",
            "d'à côté|de papier|sans fin|du port|lente|ouverte|de verre|en sourdine|de minuit|du nord",
        ),
        _pair(
            "Pourquoi oublier|Petite histoire|Éloge|Ce que personne ne dit|Lettres à propos|Le retour"
            "|Trois façons de parler|Le dernier jour|Apprendre|À l'écoute",
            "des phares|des trains de nuit|du pain lent|des cartes perdues|des greniers|des vieilles radios"
            "|du silence"
            "|des marées|des cinémas fermés|de la poste",
        ),
        _pair(
            "Le Jardin|La Maison|Les Hivers|Neuf Lettres|L'Été|La Mémoire",
            "de sel|du passeur|sans fenêtres|de Noémie|du phare|des horloges",
        ),
        _pair("Noémie|Étienne|Maëlle|Anatole|Hélène|Gaël", "Delorme|Quéméner|Vasseur|Aubépin|Marchand|Lefèvre"),
        _split("Éditions du Phare|Studio Sourdine|Grenier Sonore"),
        "Chapitre {}",
        (
            "Ce qui commence par une question simple devient une promenade à travers trois villes.",
            "Notre invitée a gardé chaque réponse dans une boîte à chaussures pendant onze ans.",
            "Il y a une recette, une rivière et une lettre jamais envoyée.",
            "On y parle de patience, de mauvaises cartes et du plaisir d'avoir tort.",
            "Enregistré entre le port et le dernier bus, fenêtres ouvertes.",
            "Si cela vous plaît, dites-le à quelqu'un : une petite émission voyage ainsi.",
        ),
    ),
    Voice(
        "pt",
        2,
        " ",
        _pair(
            "Conversa|Varanda|Caderno|Madrugada|Rádio|O Mapa|Vozes|Quintal",
            "de Cozinha|sem Pressa|do Sul|de Papel|do Cais|Aberta|em Voz Baixa|da Ladeira",
        ),
        _pair(
            "Por que esquecemos|Breve história|Em defesa|O que ninguém contou|Cartas a respeito|A volta"
            "|Três lições"
            "|O último dia",
            "dos faróis|dos trens noturnos|do pão lento|dos mapas velhos|das rádios antigas|do silêncio"
            "|dos quintais"
            "|dos correios",
        ),
        _pair(
            "O jardim|A casa|Os invernos|Nove cartas|A travessia",
            "de sal|do farol|sem janelas|da chuva|de Irene",
        ),
        _pair("Irene|João|Thaís|Caetano|Lívia", "Sampaio|Vasconcelos|Araújo|Quental|Moura"),
        _split("Quintal Sonoro|Editora Maré Baixa"),
        "Capítulo {}",
        (
            "O que começa como uma pergunta simples vira um passeio por três cidades.",
            "Nossa convidada guardou cada resposta numa caixa de sapatos por onze anos.",
            "Há uma receita, um rio e uma carta que nunca foi enviada.",
            "Falamos de paciência, de mapas ruins e do prazer de errar em boa companhia.",
            "Gravado entre o porto e o último ônibus, com as janelas abertas.",
        ),
    ),
    Voice(
        "ja",
        2,
        "",
        _pair(
            "夜ふかし|台所の|終電前の|紙の|静かな|ゆっくり|雨の日の|窓辺の",
            "ラジオ|時間|手帳|図書室|放送局|研究所|おしゃべり|航海日誌",
        ),
        _pair(
            "忘れられた|はじめての|最後の|だれも知らない|なつかしい|小さな|ひとりで歩く|もういちど考える",
            "灯台|夜行列車|古地図|郵便局|映画館|商店街|沈黙|喫茶店",
        ),
        _pair("塩の|硝子の|冬の|北の|紙の", "庭園|渡し守|灯台守|手紙|天文台"),
        _pair("灯里|航|澪|奏|志織", "月島|桐生|深町|水無瀬|榊"),
        _split("夜光レコード|汐見書房"),
        "第{}章",
        (
            "ひとつの素朴な問いから、三つの街をめぐる散歩が始まります。",
            "ゲストは十一年のあいだ、すべての答えを靴箱にしまってきました。",
            "レシピと川と、出されなかった手紙の話です。",
            "忍耐と下手な地図、そして間違えることの楽しさについて語ります。",
            "港と最終バスのあいだで、窓を開けたまま録音しました。",
        ),
    ),
)
