"""Browse categories: a fixed list whose playlists are those with a fitting mood in their name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ops.simulator.world.ids import spotify_id
from ops.simulator.world.records import Playlist
from ops.simulator.world.world import World


@dataclass(frozen=True, slots=True)
class Category:
    """A category.

    Attributes:
        id: a word, or 22 characters as newer categories have.
        names: name by language; English is always there.
        moods: first words of the playlists in it.
    """

    id: str
    names: Mapping[str, str]
    moods: tuple[str, ...]

    def name(self, locale: str | None) -> str:
        """The name in the language of a locale such as `es_MX`, in English when there is none."""
        return self.names.get((locale or "")[:2].lower(), self.names["en"])


def _category(word: str | None, *moods: str, en: str, es: str, de: str, fr: str) -> Category:
    return Category(word or spotify_id("category", en), {"en": en, "es": es, "de": de, "fr": fr}, moods)


CATEGORIES: Final = (
    _category("toplists", "Bright", en="Top Lists", es="Listas de éxitos", de="Topliste", fr="Classements"),
    _category("party", "Late Night", "Bright", en="Party", es="Fiesta", de="Party", fr="Soirée"),
    _category("focus", "Focus", "Study", en="Focus", es="Concentración", de="Konzentration", fr="Concentration"),
    _category("chill", "Slow", "Rainy", en="Chill", es="Relax", de="Entspannung", fr="Détente"),
    _category("workout", "Gym", en="Workout", es="Ejercicio", de="Workout", fr="Sport"),
    _category("morning", "Morning", en="Morning", es="Mañana", de="Morgen", fr="Matin"),
    _category("travel", "Roadtrip", "Beach", en="Travel", es="Viajes", de="Reise", fr="Voyage"),
    _category("dinner", "Kitchen", "Café", en="Cooking & Dining", es="Cocina", de="Kochen", fr="Cuisine"),
    _category(None, "Winter", en="Winter", es="Invierno", de="Winter", fr="Hiver"),
    _category(None, "Sunday", en="Weekend", es="Fin de semana", de="Wochenende", fr="Week-end"),
    _category(None, "Rainy", en="Mood", es="Estado de ánimo", de="Stimmung", fr="Ambiance"),
    _category(None, "Late Night", en="Sleep", es="Dormir", de="Schlafen", fr="Sommeil"),
    _category(None, "Beach", en="Summer", es="Verano", de="Sommer", fr="Été"),
    _category(None, "Study", en="Study", es="Estudiar", de="Lernen", fr="Études"),
    _category(None, "Kitchen", en="Home", es="En casa", de="Zuhause", fr="À la maison"),
    _category(None, "Roadtrip", en="In the Car", es="En coche", de="Im Auto", fr="En voiture"),
    _category(None, "Café", en="Coffeehouse", es="Cafetería", de="Kaffeehaus", fr="Café"),
    _category(None, "Slow", en="Instrumental", es="Instrumental", de="Instrumental", fr="Instru"),
    _category(None, "Gym", en="Motivation", es="Motivación", de="Motivation", fr="Motivation"),
    _category(None, "Bright", en="Fresh Finds", es="Hallazgos", de="Neues", fr="Trouvailles"),
    _category(None, "Morning", en="Wellness", es="Bienestar", de="Wohlbefinden", fr="Bien-être"),
    _category(None, "Winter", en="Acoustic", es="Acústica", de="Akustik", fr="Acoustique"),
)


def category(category_id: str) -> Category | None:
    """The category of an id, or None."""
    return next((known for known in CATEGORIES if known.id == category_id), None)


def playlists_of(world: World, moods: tuple[str, ...]) -> list[Playlist]:
    """Public playlists whose name begins with one of the moods, the most popular first; no moods fit all."""
    fitting = [
        playlist
        for playlist in world.playlists
        if not playlist.hidden and (not moods or playlist.name.startswith(moods))
    ]
    return sorted(fitting, key=lambda playlist: (-playlist.popularity, playlist.number))
