"""Writes wordpiece.json, ids of Hugging Face's BertTokenizer for TestWordPieceEqualsHuggingFace.

    pip install transformers==5.23.0
    python wordpiece.py
"""
import json, os, random, tempfile
from transformers import BertTokenizer

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789ßøαβσςжи가ひカאبनก"
SIGNS = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~«»“”’—…。，！？、€£°²½"
IDEOGRAPHS = "你好世界中文字㐀豈𠀀"
WORDS = ["the", "un", "##aff", "##able", "##ing", "##ed", "play", "cafe", "naive", "##s", "hello", "wor", "##ld",
         "[unused1]", "mask", "##か", "##σ", "##ς", "🤗", "##", "###", "##10", "201", "iphone"]
# Characters that the tokenizer must change, drop, split at or not know.
ODD = ("ABCXYZÉéÀçÑñÖöÜüÅåİıŁłΣΩЖЙйёЁẞ" "e\u0301a\u0308\u0323o\u0338" "\u1100\u1161\u11a8각" "ǅŒœﬁ①Ⅷ"
       " \t\n\r\u00a0\u2003\u2028\u2029\u3000\u200b\u200d\u00ad\ufeff\x00\x01\x0b\x0c\x1c\x7f\x85\ufffd\ue000"
       "🤗👍🏽❤\ufe0f" "鿿々〇ー・؟।")


def vocabulary():
    tokens = ["[PAD]", "[unused0]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + list(LETTERS + SIGNS + IDEOGRAPHS)
    tokens += ["##" + c for c in LETTERS] + WORDS
    return list(dict.fromkeys(tokens))


def texts():
    yield from ["", " ", "unaffable", "The CAFÉ was naïve!", "unaffable你好unaffable", "hello, world... don't",
                "a" * 100, "a" * 101, "é" * 100 + " " + "é" * 101, "e\u0301" * 100, "x" * 99 + "q",
                "[MASK] [UNK] [unused0]", "##able ## ###", "🤗🤗 🤗", "ΟΔΥΣΣΕΥΣ Σ", "İstanbul", "2010's", "iPhone\u200b15",
                "한국어 가각", "カ゛ガ", "ab\x00c\ufffdd\x7fe", "a\u2028b\u2029c\x85d"]
    rng = random.Random(4)
    for _ in range(300):
        pools = [LETTERS, LETTERS, SIGNS, IDEOGRAPHS, ODD, ODD,
                 ["the", "unaffable", "playing ", " ", " ", "[MASK]", "[SEP]"]]
        yield "".join(rng.choice(rng.choice(pools)) for _ in range(rng.randrange(1, 25)))


golden = {"vocab": vocabulary(), "uncased": [], "cased": [], "specials": [], "pairs": []}
with tempfile.TemporaryDirectory() as folder:
    with open(os.path.join(folder, "vocab.txt"), "w", encoding="utf-8") as file:
        file.write("\n".join(golden["vocab"]) + "\n")
    uncased = BertTokenizer.from_pretrained(folder)
    cased = BertTokenizer.from_pretrained(folder, do_lower_case=False)
for text in texts():
    ids = uncased(text, add_special_tokens=False, split_special_tokens=True)["input_ids"]
    golden["uncased"].append([text, ids])
    golden["cased"].append([text, cased(text, add_special_tokens=False, split_special_tokens=True)["input_ids"]])
    special = uncased(text, add_special_tokens=False)["input_ids"]
    if special != ids:
        golden["specials"].append([text, special])
golden["cased"] = golden["cased"][:120]
for a, b in [("the cat", "hello world"), ("the " * 9, "un"), ("un", "the " * 9), ("the " * 9, "un " * 9),
             ("the " * 8, "un " * 9)]:
    for limit in [9, 13, 512]:  # cutting both to an odd sum, it shortens the first sentence, Google the second
        out = uncased(a, b, truncation="longest_first", max_length=limit)
        golden["pairs"].append({"a": a, "b": b, "limit": limit, "ids": out["input_ids"],
                                "segments": out["token_type_ids"]})
with open(os.path.join(os.path.dirname(__file__), "wordpiece.json"), "w", encoding="utf-8") as file:
    lines = [json.dumps(k) + ": " + (json.dumps(values) if k == "vocab" else
                                     "[\n" + ",\n".join(json.dumps(v) for v in values) + "\n]")
             for k, values in golden.items()]
    file.write("{\n" + ",\n".join(lines) + "\n}\n")
