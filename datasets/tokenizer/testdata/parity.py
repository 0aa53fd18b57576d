"""Writes parity.json for TestParity: small folders of tokenizers in every form that our loader reads, with the ids of
nasty texts by Hugging Face's code, and folders that it has to refuse, with a part of the error.

    pip install tokenizers==0.23.3 transformers==5.24.0
    python parity.py
"""

import json, os, tempfile
from tokenizers import AddedToken, ByteLevelBPETokenizer, Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import BertTokenizer, GPT2Tokenizer

TEXTS = [
    "",
    " ",
    "  \n\t ",
    "Müde schön",
    "Mu\u0308de scho\u0308n café",
    "CAFÉ İstanbul ΣΑΣ ẞ",
    "你好世界 unaffable你好",
    "日本語テキスト 한국어",
    "🤗👍🏽 🇩🇪\u200d👩\u200d🚀",
    "a\x00b\x07c\x7fd\ufffde\ufeff",
    "line\r\nnext\rlast\n",
    "  leading and trailing  ",
    "tab\there\x0b\x0c\x1c\x85\u00a0\u2028\u3000end",
    "wolf werewolf wolfs Wolf WOLF",
    "cat concatenate cat. cat_ (cat) Cat",
    "a <mark> b<mark>c  <mark>  <mark>d",
    "éclair ÉCLAIR e\u0301clair Éclairs",
    "[CLS] [MASK] [mask] [E1][E2] [UNK]",
    "<|endoftext|><|user|> hi<|endoftext|",
    "it's we'll DON'T 'tis",
    "12345 ½ Ⅷ ٣ 3.14",
    "ﬁne ①② ｆｕｌｌ Å\u212b",
    "!!!...«»“”’—$^`~",
    "low lower lowest slow abc aabbcc abcabc",
    "a" * 101 + " " + "b" * 30,
    "\u0301\u0308 lone marks q\u0323\u0307\u0301",
    "   a    b  c ",
    "<mark>wolf<mark>cat<mark>",
    "你 好 你好<mark>  你",
    "नमस्ते สวัสดี עִבְרִית",
]

SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
PIECES = (
    SPECIALS
    + list(LETTERS)
    + ["##" + c for c in LETTERS]
    + list("!\"#$'()*+,-./<>[]^_`|~«»’")
    + (
        "müde mude schön schon Müde cafe café CAFÉ un ##aff ##able 你 好 你好 世 界 wolf ##wolf wer ##e "
        "cat con ##cat low ##er ##est the i ##stanbul ı ς σας ß é É ##É ##é fine full 1 ½ mask e1 "
        "Cat Wolf W C ##A ##T E D ##O 日 本 語 한국어 テ ##キスト 🤗 लोग end å line next last"
    ).split()
)
PIECES = list(dict.fromkeys(PIECES))
TRAINING = (
    "low low low lower lowest slow the cat and the wolf müde schön café 你好 abc abc abcabc it's we'll "
    "'tis 12 123 \n\n  a  b  werewolf concatenate éclair leading trailing   "
) * 3


def train():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.train_from_iterator(
        [TRAINING],
        trainers.BpeTrainer(
            vocab_size=310, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
        ),
    )
    model = json.loads(tokenizer.to_str())["model"]
    return model["vocab"], [tuple(m) for m in model["merges"]]


VOCAB, MERGES = train()
BYTES = sorted(pre_tokenizers.ByteLevel.alphabet())
END = {**VOCAB, "<|endoftext|>": len(VOCAB)}
# As in a vocabulary that was converted from tiktoken: every way to make a token, also from tokens that come later.
MANY = {
    **{c: i for i, c in enumerate(BYTES)},
    **{t: 256 + i for i, t in enumerate(["abc", "ab", "bc", "abca", "aa", "Ġabc", "Ġab"])},
}
MANY_MERGES = [
    ("ab", "c"),
    ("a", "bc"),
    ("a", "b"),
    ("b", "c"),
    ("abc", "a"),
    ("a", "a"),
    ("Ġ", "abc"),
    ("Ġab", "c"),
    ("Ġ", "ab"),
]


def dump(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def merges_txt(merges, end="\n", version="#version: 0.2"):
    return end.join(([version] if version else []) + [" ".join(m) for m in merges]) + end


def added(content, id=None, **flags):
    token = {
        "content": content,
        "single_word": False,
        "lstrip": False,
        "rstrip": False,
        "normalized": True,
        "special": False,
        **flags,
    }
    return token if id is None else {"id": id, **token}


def words(vocab):
    """Added tokens of all kinds; those that the vocabulary lacks get the next ids."""
    tokens = [
        added("wolf"),
        added("[E1]", special=True, normalized=False),
        added("<mark>", lstrip=True, rstrip=True, normalized=False),
        added("catty"),
        added("Éclair"),
        added("con", single_word=True),
        added("  ", normalized=False),
        added("<|user|>", special=True),
        added("你好"),
    ]
    return numbered(tokens, vocab)


def numbered(tokens, vocab):
    ids = dict(vocab)
    return [{"id": ids.setdefault(t["content"], len(ids)), **t} for t in tokens]


def decoder(tokens):
    return {str(t["id"]): {k: v for k, v in t.items() if k != "id"} for t in tokens}


def bpe(vocab=END, merges=MERGES, tokens=None, model={}, **parts):
    if tokens is None:
        tokens = [added("<|endoftext|>", len(VOCAB), special=True, normalized=False)]
    return dump(
        {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": tokens,
            "normalizer": None,
            "pre_tokenizer": {
                "type": "ByteLevel",
                "add_prefix_space": False,
                "trim_offsets": True,
                "use_regex": True,
            },
            "post_processor": None,
            "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
            **parts,
            "model": {
                "type": "BPE",
                "dropout": None,
                "unk_token": None,
                "continuing_subword_prefix": None,
                "end_of_word_suffix": None,
                "fuse_unk": False,
                "byte_fallback": False,
                "ignore_merges": False,
                "vocab": vocab,
                "merges": [list(m) for m in merges],
                **model,
            },
        }
    )


def without(text, *keys):
    value = json.loads(text)
    for key in keys:
        value["model"].pop(key)
    return dump(value)


FIVE = [added(t, i, special=True, normalized=False) for i, t in enumerate(SPECIALS)]


def bert(clean=True, chinese=True, strip=None, lower=True):
    return {
        "type": "BertNormalizer",
        "clean_text": clean,
        "handle_chinese_chars": chinese,
        "strip_accents": strip,
        "lowercase": lower,
    }


def wordpiece(tokens=(), model={}, **parts):
    return dump(
        {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": FIVE + list(tokens),
            "normalizer": bert(),
            "pre_tokenizer": {"type": "BertPreTokenizer"},
            "post_processor": None,
            "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
            **parts,
            "model": {
                "type": "WordPiece",
                "unk_token": "[UNK]",
                "continuing_subword_prefix": "##",
                "max_input_chars_per_word": 100,
                "vocab": {t: i for i, t in enumerate(PIECES)},
                **model,
            },
        }
    )


def steps(*names):
    return {"type": "Sequence", "normalizers": [{"type": n} if isinstance(n, str) else n for n in names]}


vocab_txt = "\n".join(PIECES) + "\n"
V, P, WORDS = len(END), len(PIECES), {t: i for i, t in enumerate(PIECES)}
two = {
    "vocab.json": dump({**{c: i for i, c in enumerate(BYTES)}, "ab": 256, "bc": 257, "abc": 258}),
    "merges.txt": merges_txt([("a", "b"), ("b", "c"), ("ab", "c"), ("a", "bc")]),
}
gpt2 = {"vocab.json": dump(END), "merges.txt": merges_txt(MERGES)}
first = {
    "vocab.json": dump({"[PAD]": 0, "<|endoftext|>": 1, **{t: i + 2 for t, i in VOCAB.items()}}),
    "merges.txt": merges_txt(MERGES),
}
POST = {
    "type": "TemplateProcessing",
    "single": [{"SpecialToken": {"id": "<|endoftext|>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
    "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
    "special_tokens": {"<|endoftext|>": {"id": "<|endoftext|>", "ids": [len(VOCAB)], "tokens": ["<|endoftext|>"]}},
}
LIMITS = {
    "truncation": {"direction": "Right", "max_length": 3, "strategy": "LongestFirst", "stride": 0},
    "padding": {
        "strategy": {"Fixed": 9},
        "direction": "Right",
        "pad_to_multiple_of": None,
        "pad_id": 0,
        "pad_type_id": 0,
        "pad_token": "!",
    },
}


def config(**fields):
    return {"tokenizer_config.json": dump(fields)}


def pieces(**fields):
    return {"vocab.txt": vocab_txt, **config(**fields)}


def saved(kind, files, words=(), special=()):
    """What transformers saves of a tokenizer that it has read from files and given more tokens."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as out:
        write(folder, files)
        tokenizer = kind.from_pretrained(folder)
        tokenizer.add_tokens(list(words))
        tokenizer.add_special_tokens({"additional_special_tokens": list(special)})
        tokenizer.save_pretrained(out)
        texts = {name: open(os.path.join(out, name), encoding="utf-8").read() for name in sorted(os.listdir(out))}
        return {name: dump(json.loads(text)) for name, text in texts.items()}


def write(folder, files):
    for name, text in files.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8", newline="") as file:
            file.write(text)


READ = {  # name: files
    "vocab.txt": {"vocab.txt": vocab_txt},
    "cased": pieces(do_lower_case=False),
    "accents kept": pieces(do_lower_case=True, strip_accents=False, tokenizer_class="BertTokenizer"),
    "cased, accents dropped": pieces(do_lower_case=False, strip_accents=True),
    "Chinese kept together": pieces(tokenize_chinese_chars=False),
    "all three": pieces(do_lower_case=False, strip_accents=True, tokenize_chinese_chars=False),
    "choices not made": pieces(
        strip_accents=None, never_split=None, do_basic_tokenize=True, tokenizer_class="DistilBertTokenizerFast"
    ),
    "Windows line ends": {"vocab.txt": vocab_txt.replace("\n", "\r\n")},
    "blanks at line ends": {
        "vocab.txt": vocab_txt.replace("\ncafe\n", "\ncafe \n").replace("\nlow\n", "\nlow\u00a0\t\n")
    },
    "no last line end": {"vocab.txt": vocab_txt[:-1]},
    "vocab.txt, added tokens": pieces(added_tokens_decoder=decoder(FIVE + words(WORDS))),
    "vocab.txt, added tokens, accents kept": pieces(
        added_tokens_decoder=decoder(FIVE + words(WORDS)), strip_accents=False
    ),
    "vocab.txt, added_tokens.json": {
        "vocab.txt": vocab_txt,
        "added_tokens.json": dump({"[E1]": P + 1, "wolfs": P, "Éclair": P + 2}),
        "special_tokens_map.json": dump({"unk_token": "[UNK]", "extra_special_tokens": ["[E1]"]}),
    },
    "extra special tokens": pieces(extra_special_tokens=["[E1]", "<|user|>"]),
    "additional special tokens": pieces(additional_special_tokens=["[E2]", "[E1]"]),
    "mask takes blanks along": {
        "vocab.txt": vocab_txt,
        "special_tokens_map.json": dump(
            {"mask_token": {**added("[MASK]", lstrip=True, normalized=False)}, "cls_token": "[CLS]"}
        ),
    },
    "map without a say": {
        **pieces(added_tokens_decoder=decoder(FIVE)),
        "special_tokens_map.json": dump({"additional_special_tokens": ["[E1]"]}),
        "added_tokens.json": dump({"wolf": P}),
    },
    "vocab.json": gpt2,
    "two merges": two,
    "merges in any order": {"vocab.json": dump(MANY), "merges.txt": merges_txt(MANY_MERGES)},
    "merges, Windows line ends": {"vocab.json": dump(END), "merges.txt": merges_txt(MERGES, "\r\n")},
    "merges without version": {"vocab.json": dump(END), "merges.txt": merges_txt(MERGES, version="")},
    "encoder.json": {"encoder.json": gpt2["vocab.json"], "vocab.bpe": gpt2["merges.txt"]},
    "specials first": {**first, **config(pad_token="[PAD]", tokenizer_class="GPT2Tokenizer")},
    "vocab.json, added_tokens.json": {
        **gpt2,
        "added_tokens.json": dump({"wolf": V, "<|user|>": V + 1}),
        "special_tokens_map.json": dump({"bos_token": "<|user|>"}),
    },
    "vocab.json, added tokens": {
        **gpt2,
        **config(
            added_tokens_decoder=decoder([added("<|endoftext|>", V - 1, special=True, normalized=False)] + words(END))
        ),
    },
    "token with a role": {
        **gpt2,
        **config(pad_token="<|user|>", add_prefix_space=False, tokenizer_class="GPT2TokenizerFast"),
    },
    "role that takes blanks along": {
        **gpt2,
        **config(
            eos_token={
                "__type": "AddedToken",
                **{k: v for k, v in added("<mark>", lstrip=True, rstrip=True).items() if k != "special"},
            }
        ),
    },
    "tokenizer.json": {"tokenizer.json": bpe()},
    "merges as text": {"tokenizer.json": bpe(model={"merges": [" ".join(m) for m in MERGES]})},
    "older BPE": {
        "tokenizer.json": without(
            bpe(model={"continuing_subword_prefix": "", "end_of_word_suffix": ""}),
            "type",
            "byte_fallback",
            "ignore_merges",
        )
    },
    "NFC": {"tokenizer.json": bpe(normalizer={"type": "NFC"}, tokens=words(END))},
    "NFD, small letters": {"tokenizer.json": bpe(normalizer=steps("NFD", "Lowercase"), tokens=words(END))},
    "NFKC": {"tokenizer.json": bpe(normalizer={"type": "NFKC"})},
    "NFKD without marks": {"tokenizer.json": bpe(normalizer=steps("NFKD", "StripAccents"), tokens=words(END))},
    "BERT's normalizer for BPE": {"tokenizer.json": bpe(normalizer=bert())},
    "limits and frame": {"tokenizer.json": bpe(post_processor=POST, **LIMITS)},
    "tokens out of reach": {"tokenizer.json": bpe(vocab={**END, "madeupword": V, "Ġnever": V + 1}, tokens=[])},
    "two merges, tokenizer.json": {"tokenizer.json": bpe(vocab=MANY, merges=MANY_MERGES, tokens=[])},
    "sequence of one": {
        "tokenizer.json": bpe(
            pre_tokenizer={
                "type": "Sequence",
                "pretokenizers": [{"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False}],
            }
        )
    },
    "word within words": {
        "tokenizer.json": bpe(
            tokens=numbered(
                [
                    added("a", single_word=True),
                    added("abca", special=True, normalized=False),
                    added("ca", normalized=False),
                    added("lo", single_word=True),
                ],
                END,
            )
        )
    },
    "ordinary tokens as added": {
        "tokenizer.json": bpe(
            tokens=[
                added("low", END["low"]),
                added("a", END["a"], lstrip=True),
                added("<|endoftext|>", V - 1, special=True),
            ]
        )
    },
    "WordPiece": {"tokenizer.json": wordpiece()},
    "WordPiece without normalizer": {"tokenizer.json": wordpiece(normalizer=None)},
    "WordPiece, cased": {"tokenizer.json": wordpiece(normalizer=bert(lower=False))},
    "WordPiece, not cleaned": {"tokenizer.json": wordpiece(normalizer=bert(clean=False, chinese=False))},
    "WordPiece, three steps": {
        "tokenizer.json": wordpiece(words(WORDS), normalizer=steps("NFD", "Lowercase", "StripAccents"))
    },
    "WordPiece, BERT's and one more": {"tokenizer.json": wordpiece(normalizer=steps("NFKC", bert(strip=False)))},
    "WordPiece, added tokens": {"tokenizer.json": wordpiece(words(WORDS))},
    "WordPiece, added tokens, cased": {"tokenizer.json": wordpiece(words(WORDS), normalizer=bert(lower=False))},
    "older WordPiece": {"tokenizer.json": without(wordpiece(), "type")},
    "WordPiece, agreed": {
        "tokenizer.json": wordpiece(words(WORDS), normalizer=bert(strip=False)),
        "vocab.txt": "[PAD]\nanother\n",
        **config(
            strip_accents=False, added_tokens_decoder=decoder(FIVE + words(WORDS)), tokenizer_class="BertTokenizer"
        ),
    },
    "saved BERT": saved(BertTokenizer, pieces(strip_accents=False), [AddedToken("catty", single_word=True)], ["[E1]"]),
    "saved GPT-2": saved(GPT2Tokenizer, gpt2, ["wolf", AddedToken("<mark>", rstrip=True)], ["<|user|>", "[PAD]"]),
}

REFUSED = {  # name: files, part of the error
    "Unigram": ({"tokenizer.json": bpe(model={"type": "Unigram", "unk_id": 0})}, '"Unigram" is not one that we have'),
    "WordLevel": ({"tokenizer.json": wordpiece(model={"type": "WordLevel"})}, '"WordLevel" is not one that we have'),
    "no model": ({"tokenizer.json": "{}"}, "model: is missing"),
    "unknown field": ({"tokenizer.json": bpe(model={"novelty": 1})}, 'unknown field "novelty"'),
    "end of word": ({"tokenizer.json": bpe(model={"end_of_word_suffix": "</w>"})}, "end_of_word_suffix"),
    "other prefix": (
        {"tokenizer.json": wordpiece(model={"continuing_subword_prefix": "@@"})},
        "continuing_subword_prefix",
    ),
    "BPE with prefix": (
        {"tokenizer.json": bpe(model={"continuing_subword_prefix": "##"})},
        "continuing_subword_prefix",
    ),
    "chance": ({"tokenizer.json": bpe(model={"dropout": 0.1})}, "dropout"),
    "tokens before merges": ({"tokenizer.json": bpe(model={"ignore_merges": True})}, "ignore_merges"),
    "other unknown": ({"tokenizer.json": wordpiece(model={"unk_token": "<unk>"})}, "unk_token"),
    "short words": (
        {"tokenizer.json": wordpiece(model={"max_input_chars_per_word": 50})},
        "max_input_chars_per_word",
    ),
    "blank before": (
        {"tokenizer.json": bpe(pre_tokenizer={"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True})},
        "add_prefix_space",
    ),
    "no regular expression": (
        {
            "tokenizer.json": bpe(
                pre_tokenizer={
                    "type": "ByteLevel",
                    "add_prefix_space": False,
                    "trim_offsets": True,
                    "use_regex": False,
                }
            )
        },
        "use_regex",
    ),
    "digits": (
        {
            "tokenizer.json": bpe(
                pre_tokenizer={
                    "type": "Sequence",
                    "pretokenizers": [
                        {"type": "Digits", "individual_digits": True},
                        {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True},
                    ],
                }
            )
        },
        '"Digits"',
    ),
    "no pre-tokenizer": ({"tokenizer.json": bpe(pre_tokenizer=None)}, "pre_tokenizer"),
    "whitespace": ({"tokenizer.json": wordpiece(pre_tokenizer={"type": "Whitespace"})}, '"Whitespace"'),
    "replacement": (
        {"tokenizer.json": bpe(normalizer={"type": "Replace", "pattern": {"String": "a"}, "content": "b"})},
        'normalizer: "Replace"',
    ),
    "strip": (
        {
            "tokenizer.json": wordpiece(
                normalizer=steps("NFC", {"type": "Strip", "strip_left": True, "strip_right": True})
            )
        },
        'normalizer: "Strip"',
    ),
    "nested": ({"tokenizer.json": wordpiece(normalizer=steps(steps("NFC")))}, 'normalizer: "Sequence"'),
    "byte missing": (
        {"tokenizer.json": bpe(vocab={("<|x|>" if t == "!" else t): i for t, i in END.items()})},
        "stands for byte 33",
    ),
    "two texts, one id": ({"tokenizer.json": bpe(vocab={**END, "wolf": 5})}, "cannot have id 5"),
    "gap": ({"tokenizer.json": bpe(vocab={**END, "wolf": V + 3})}, "no token has id"),
    "wrong place": ({"tokenizer.json": bpe(tokens=[added("wolf", V + 7)])}, f"says that its id is {V + 7}"),
    "wrong place in vocab.txt": (
        pieces(added_tokens_decoder=decoder([added("wolfish", P + 1)])),
        f"says that its id is {P + 1}",
    ),
    "special word": ({"tokenizer.json": bpe(tokens=[added("low", END["low"], special=True)])}, "anybody could write"),
    "special piece": (pieces(extra_special_tokens=["wolf"]), "anybody could write"),
    "empty token": ({"tokenizer.json": wordpiece([added("\u0301", P)])}, "empty once normalized"),
    "letter case in doubt": ({"tokenizer.json": wordpiece(), **config(do_lower_case=False)}, "do_lower_case"),
    "accents in doubt": ({"tokenizer.json": wordpiece(), **config(strip_accents=False)}, "strip_accents"),
    "default in doubt": (
        {"tokenizer.json": wordpiece(normalizer=bert(lower=False)), **config(tokenizer_class="BertTokenizer")},
        "tokenizer_class",
    ),
    "normalizer in doubt": (
        {"tokenizer.json": bpe(normalizer={"type": "NFC"}), **config(tokenizer_class="GPT2Tokenizer")},
        "GPT2Tokenizer",
    ),
    "added token in doubt": (
        {
            "tokenizer.json": wordpiece(words(WORDS)),
            **config(added_tokens_decoder=decoder(FIVE + [added("wolf", WORDS["wolf"], lstrip=True)])),
        },
        'added token "wolf"',
    ),
    "no words": (pieces(do_basic_tokenize=False), "do_basic_tokenize"),
    "not cleaned": (pieces(clean_text=False), "clean_text"),
    "other prefix in the config": (pieces(wordpieces_prefix="@@"), "wordpieces_prefix"),
    "never split": (pieces(never_split=["wolf"]), "never_split"),
    "specials split": ({**gpt2, **config(split_special_tokens=True)}, "split_special_tokens"),
    "blank before, in the config": ({**gpt2, **config(add_prefix_space=True)}, "add_prefix_space"),
    "own code": (pieces(auto_map={"AutoTokenizer": ["mine.Tokenizer", None]}), "auto_map"),
    "Japanese": (
        pieces(tokenizer_class="BertJapaneseTokenizer", word_tokenizer_type="mecab"),
        "BertJapaneseTokenizer",
    ),
    "Qwen": ({**gpt2, **config(tokenizer_class="Qwen2Tokenizer")}, "Qwen2Tokenizer"),
    "other class token": (pieces(cls_token="<s>"), 'cls_token is "<s>"'),
    "role without a token": ({**gpt2, **config(image_token="<image>")}, "image_token"),
    "text for a choice": (pieces(strip_accents="no"), "strip_accents"),
    "merge twice": ({"tokenizer.json": bpe(merges=MERGES + MERGES[:1])}, "earlier line of the same two"),
    "merge of three": ({"tokenizer.json": bpe(model={"merges": ["a b c"]})}, "a merge joins two tokens"),
}


def encoders(name, folder, files):
    """Returns how texts are encoded: with special tokens split like other text, and whole."""
    if "tokenizer_config.json" in files or "vocab.txt" in files or "added_tokens.json" in files:
        bert = "vocab.txt" in files or '"type":"WordPiece"' in files.get("tokenizer.json", "")
        kind = BertTokenizer if bert else GPT2Tokenizer
        tokenizer = kind.from_pretrained(folder)
        return [
            lambda text: tokenizer(text, add_special_tokens=False, split_special_tokens=True)["input_ids"],
            lambda text: tokenizer(text, add_special_tokens=False)["input_ids"],
        ]
    if "tokenizer.json" in files:
        tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
    else:
        vocab, merges = sorted(files, key=lambda name: name in ("merges.txt", "vocab.bpe"))
        tokenizer = ByteLevelBPETokenizer.from_file(os.path.join(folder, vocab), os.path.join(folder, merges))
        if "<|endoftext|>" in files[vocab]:
            tokenizer.add_special_tokens(["<|endoftext|>"])
        tokenizer = tokenizer._tokenizer

    def encode(split):
        def ids(text):
            tokenizer.encode_special_tokens = split
            return tokenizer.encode(text, add_special_tokens=False).ids

        return ids

    return [encode(True), encode(False)]


if __name__ == "__main__":
    golden = {"texts": TEXTS, "read": [], "refused": []}
    for name, files in READ.items():
        with tempfile.TemporaryDirectory() as folder:
            write(folder, files)
            plain, special = encoders(name, folder, files)
            ids = [[plain(text), special(text)] for text in TEXTS]
            golden["read"].append(
                {"name": name, "files": files, "ids": [one[:1] if one[0] == one[1] else one for one in ids]}
            )
    golden["refused"] = [{"name": name, "files": files, "error": error} for name, (files, error) in REFUSED.items()]
    # Many folders share a file: it is written once.
    contents = list(
        dict.fromkeys(text for folder in golden["read"] + golden["refused"] for text in folder["files"].values())
    )
    for folder in golden["read"] + golden["refused"]:
        folder["files"] = {name: contents.index(text) for name, text in folder["files"].items()}
    golden["contents"] = contents
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "parity.json"), "w", encoding="utf-8") as file:
        file.write(
            "{\n"
            + ",\n".join(
                f"{dump(key)}:[\n" + ",\n".join(dump(v) for v in values) + "\n]" for key, values in golden.items()
            )
            + "\n}\n"
        )
