"""The words of the model: nouns, colours, backgrounds, counts, and the sentences made of them."""

from __future__ import annotations

import random

NOUNS = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
COLOURS = ["red", "orange", "yellow", "green", "blue", "purple", "white", "black"]
BACKGROUNDS = ["water", "grass", "sand", "sky", "snow", "night"]
COUNTS = ["one", "two", "three"]

SYNONYMS = {
    "airplane": ["airplane", "airplane", "plane", "aeroplane", "aircraft", "jet", "airliner"],
    "automobile": ["automobile", "automobile", "car", "car", "sedan", "taxi", "suv"],
    "bird": ["bird", "bird", "bird", "sparrow", "songbird"],
    "cat": ["cat", "cat", "cat", "kitten", "kitty"],
    "deer": ["deer", "deer", "deer", "stag", "doe", "elk"],
    "dog": ["dog", "dog", "dog", "puppy", "hound"],
    "frog": ["frog", "frog", "frog", "toad"],
    "horse": ["horse", "horse", "horse", "pony", "stallion", "mare", "foal"],
    "ship": ["ship", "ship", "boat", "vessel", "yacht"],
    "truck": ["truck", "truck", "truck", "lorry"],
}
PLURALS = {"deer": "deer", "elk": "elk", "aircraft": "aircraft", "puppy": "puppies", "kitty": "kitties",
           "lorry": "lorries", "pony": "ponies"}
KINDS = {"landbird": ["landbird", "songbird", "sparrow", "perching bird"], "waterbird": ["waterbird", "duck", "heron", "water bird"]}
COLOUR_WORDS = {"purple": ["purple", "purple", "violet"]}

TEMPLATES = [
    "a photo of a {}", "a photo of a {}", "a photo of a {}.", "{}", "{}", "a {}", "the {}", "a picture of a {}", "an image of a {}",
    "a photo of the {}", "this is a {}", "a photograph of a {}", "a small photo of a {}", "a blurry photo of a {}",
    "a close photo of a {}", "a close-up photo of a {}", "a good photo of a {}", "a photo of one {}", "a drawing of a {}",
    "a photo of a large {}", "a photo of a small {}", "a picture of the {}", "a cropped photo of a {}", "a bright photo of a {}",
    "a dark photo of a {}", "a photo of my {}", "there is a {} in the picture", "a low resolution photo of a {}", "my {}",
]
PLACES = {
    "water": ["on water", "on the water", "in water", "over water", "in front of water", "on the sea"],
    "grass": ["on grass", "on the grass", "in the grass", "in a meadow", "over grass", "on a green field"],
    "sand": ["on sand", "on the sand", "in the desert", "on a beach", "over sand"],
    "sky": ["in the sky", "against the sky", "in front of the sky", "in the air"],
    "snow": ["on snow", "in the snow", "on the snow", "over snow", "in winter"],
    "night": ["at night", "in the night", "in the dark", "under the stars", "by night"],
}
BACKGROUND_TEMPLATES = ["{}", "a photo of {}", "a {} background", "a picture of {}", "a scene with {}", "in front of {}", "an image of {}"]


def article(phrase: str) -> str:
    """Puts "a" or "an" before a phrase, by its first letter."""
    return ("an " if phrase[0] in "aeiou" else "a ") + phrase


def fill(template: str, phrase: str) -> str:
    """A template with its blank filled, and "a" before it turned into "an" where English wants it."""
    if "a {}" in template and phrase[0] in "aeiou":
        template = template.replace("a {}", "an {}")
    return template.format(phrase)


def written(template: str, phrase: str, chance: random.Random) -> str:
    """As `fill`, but half the time "a airplane", as a program that fills a template blindly writes it."""
    return fill(template, phrase) if chance.random() < 0.5 else template.format(phrase)


def plural(noun: str) -> str:
    return PLURALS.get(noun, noun + "s")


def said(noun: str, chance: random.Random, plain: float = 0.6) -> str:
    return noun if chance.random() < plain else chance.choice(SYNONYMS[noun])


def coloured(colour: str, chance: random.Random) -> str:
    return colour if chance.random() < 0.9 else chance.choice(COLOUR_WORDS.get(colour, [colour]))


def caption(fact: dict, chance: random.Random) -> str:
    """A sentence about one scene; colour, count and place are each left out now and then."""
    noun, count = said(fact["noun"], chance), fact["count"]
    if fact.get("kind") in KINDS and chance.random() < 0.4:
        noun = chance.choice(KINDS[fact["kind"]])
    colour = coloured(fact["colour"], chance) + " " if chance.random() < 0.85 else ""
    place = " " + chance.choice(PLACES[fact["background"]]) if chance.random() < 0.75 else ""
    phrase = colour + (noun if count == 1 else plural(noun))
    if count == 1:
        thing = article(phrase) if chance.random() < 0.8 else "one " + phrase
    else:
        thing = COUNTS[count - 1] + " " + phrase if chance.random() < 0.85 else phrase
    opening = chance.choice(["", "", "", "a photo of ", "a picture of ", "an image of ", "a drawing of "])
    return opening + thing + place


def noun_bank(chance: random.Random, plain: bool) -> list[str]:
    """Ten texts, one for each noun, all in the same sentence."""
    if plain:
        template = chance.choice(["a photo of a {}", "a photo of a {}", "{}", "a picture of a {}", "a {}"])
        return [written(template, noun, chance) for noun in NOUNS]
    template = chance.choice(TEMPLATES)
    if chance.random() < 0.3:
        template += " " + chance.choice(PLACES[chance.choice(BACKGROUNDS)])
    colour = chance.choice(COLOURS) + " " if chance.random() < 0.3 else ""
    return [written(template, colour + said(noun, chance, 0.3), chance) for noun in NOUNS]


def colour_bank(chance: random.Random, noun: str | None = None) -> list[str]:
    """Eight texts, one for each colour: about a given noun, about a thing, or the bare word."""
    template = chance.choice(TEMPLATES)
    tail = noun or chance.choice(["", "", "thing", "object", "animal", "vehicle"])
    if not tail:
        template = chance.choice(["{}", "{}", "the colour {}", "something {}"])
    return [written(template, f"{coloured(colour, chance)} {tail}".strip(), chance) for colour in COLOURS]


def colour_noun_bank(chance: random.Random) -> list[str]:
    """Eighty texts, noun by noun, colour by colour."""
    template = chance.choice(TEMPLATES)
    place = " " + chance.choice(PLACES[chance.choice(BACKGROUNDS)]) if chance.random() < 0.2 else ""
    return [written(template, f"{colour} {said(noun, chance, 0.7)}", chance) + place for noun in NOUNS for colour in COLOURS]


def background_bank(chance: random.Random) -> list[str]:
    """Six texts: a noun or a thing in each place, or the bare place."""
    if chance.random() < 0.35:
        template = chance.choice(BACKGROUND_TEMPLATES)
        return [fill(template, place) for place in BACKGROUNDS]
    thing = chance.choice(["a thing", "an object", "something"] + [article(noun) for noun in NOUNS])
    opening = chance.choice(["", "", "a photo of ", "a picture of "])
    first = chance.random() < 0.5
    return [f"{opening}{thing} {PLACES[place][0] if first else chance.choice(PLACES[place])}" for place in BACKGROUNDS]


def count_bank(chance: random.Random, noun: str | None = None) -> list[str]:
    """Three texts: one, two, three of a noun or of some thing."""
    noun = noun or chance.choice(["thing", "object"])
    opening = chance.choice(["", "", "a photo of ", "a picture of "])
    one = chance.choice(["one ", article(noun).split()[0] + " ", "a single "])
    return [f"{opening}{one}{noun}"] + [f"{opening}{count} {plural(noun)}" for count in COUNTS[1:]]


def kind_bank(chance: random.Random) -> list[str]:
    """Two texts: a land bird, a water bird."""
    template = chance.choice(TEMPLATES)
    pick = (lambda kind: KINDS[kind][0]) if chance.random() < 0.5 else (lambda kind: chance.choice(KINDS[kind]))
    return [written(template, pick(kind), chance) for kind in ("landbird", "waterbird")]


def every_word() -> list[str]:
    """All words and marks that any sentence above can hold, sorted: the tokenizer's vocabulary."""
    texts = list(TEMPLATES) + list(BACKGROUND_TEMPLATES) + NOUNS + COLOURS + BACKGROUNDS + COUNTS
    texts += [word for words in SYNONYMS.values() for word in words] + [plural(w) for ws in SYNONYMS.values() for w in ws]
    texts += [word for words in KINDS.values() for word in words] + [plural(w) for ws in KINDS.values() for w in ws]
    texts += [place for places in PLACES.values() for place in places] + ["violet", "an", "single", "something", "background", "color", "colour"]
    texts += ["thing things object objects animal animals vehicle vehicles", "a photo , . - ! ? : ; ' \" ( )"]
    joined = " ".join(texts).replace("{}", " ").lower()
    for mark in ",.-!?:;'\"()":
        joined = joined.replace(mark, f" {mark} ")
    return sorted(set(joined.split()))
