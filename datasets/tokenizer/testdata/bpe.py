"""Writes bpe.json, the merges of Hugging Face's trainer for TestTrainEqualsHuggingFace.

    pip install tokenizers==0.23.3
    python bpe.py "$(go env GOROOT)/src/testdata/Isaac.Newton-Opticks.txt"
"""
import hashlib, json, os, random, sys, tempfile
from tokenizers import Tokenizer, models, pre_tokenizers, trainers


def merges(text, size):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator([text], trainer)
    with tempfile.TemporaryDirectory() as folder:
        tokenizer.model.save(folder)
        with open(os.path.join(folder, "merges.txt"), "rb") as file:
            return file.read()


def ties(seed):
    """A text of many equal counts, with overlapping pairs such as "aaaa"."""
    rng = random.Random(seed)
    return "".join(rng.choice(["a", "b", "é", " ", "你"]) for _ in range(2000))


opticks = open(sys.argv[1], encoding="utf-8").read()
cases = [{"text": t, "size": 600, "merges": merges(t, 600).decode()}
         for t in ["zy zy ab ab cd cd", "aaaa aaaaa aaaaaaa", ties(1), ties(2)]]
cases += [{"opticks": True, "size": size, "sha256": hashlib.sha256(merges(opticks, size)).hexdigest()}
          for size in [512, 4096, 20000]]
for case in cases:  # two more hashes say all that the long lists say
    if len(case.get("merges", "")) > 1000:
        case["sha256"] = hashlib.sha256(case.pop("merges").encode()).hexdigest()
with open(os.path.join(os.path.dirname(__file__), "bpe.json"), "w", encoding="utf-8") as file:
    json.dump(cases, file, ensure_ascii=False, indent=1)
    file.write("\n")
