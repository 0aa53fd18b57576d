"""Measures our tokenizer beside tiktoken and Hugging Face's tokenizers, in turn, on one text.

    pip install tiktoken==0.14.0 tokenizers==0.23.3
    python bench.py [TEXT]

TEXT is Opticks from the Go toolchain if left out. Encoding is with GPT-2's vocabulary on one
core, training of 4096 tokens on all cores. Every program is measured ROUNDS times, each time
after the others; the table has medians, and the median of the ratios within a round. Before
that, ids and merges are checked to be equal.
"""
import json, os, statistics, subprocess, sys, tempfile, time

ROUNDS = 15
os.environ["TOKENIZERS_PARALLELISM"] = "true"
import tiktoken
from tokenizers import ByteLevelBPETokenizer, Tokenizer, models, pre_tokenizers, trainers

HERE = os.path.dirname(os.path.abspath(__file__))
PATTERN = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"""  # tiktoken's for r50k


def go(*args):
    return subprocess.run(["go", *args], cwd=HERE, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


class Ours:
    """One running Go program, on so many cores."""

    def __init__(self, program, path, folder, cores):
        env = os.environ | ({"GOMAXPROCS": str(cores)} if cores else {})
        self.process = subprocess.Popen([program, path, folder], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.tokens = int(self.process.stdout.readline())

    def run(self, task):
        self.process.stdin.write(task + "\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())


def seconds(function, *args):
    start = time.perf_counter()
    function(*args)
    return time.perf_counter() - start


def load_tiktoken(folder):
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [b for b in range(256) if b not in printable]
    byte = {chr(b): b for b in printable} | {chr(256 + n): b for n, b in enumerate(others)}
    with open(os.path.join(folder, "vocab.json"), encoding="utf-8") as file:
        vocab = json.load(file)
    ranks = {bytes(byte[c] for c in token): i for token, i in vocab.items() if token != "<|endoftext|>"}
    return tiktoken.Encoding("r50k", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens={"<|endoftext|>": 50256})


def train_huggingface(text):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.train_from_iterator([text], trainers.BpeTrainer(
        vocab_size=4096, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))


def train_huggingface_file(path):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.train([path], trainers.BpeTrainer(
        vocab_size=4096, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))


def compare(title, ours, others):
    times = {name: [] for name in ["ours", *others]}
    for _ in range(ROUNDS):
        times["ours"].append(ours())
        for name, measure in others.items():
            times[name].append(measure())
    print(f"\n{title}")
    for name, t in times.items():
        ratio = statistics.median(other / mine for other, mine in zip(t, times["ours"]))
        print(f"  {name:42} {1000 * statistics.median(t):8.1f} ms   {ratio:6.2f} x ours")


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else os.path.join(go("env", "GOROOT"), "src/testdata/Isaac.Newton-Opticks.txt")
    with open(path, encoding="utf-8", newline="") as file:
        text = file.read()
    with tempfile.TemporaryDirectory() as folder:
        program = os.path.join(folder, "bench")
        go("build", "-o", program, ".")
        one_core, all_cores = Ours(program, path, folder, 1), Ours(program, path, folder, None)
        openai = load_tiktoken(folder)
        huggingface = ByteLevelBPETokenizer(os.path.join(folder, "vocab.json"), os.path.join(folder, "merges.txt"))
    ids = openai.encode_ordinary(text)
    if ids != huggingface.encode(text).ids or len(ids) != one_core.tokens:
        sys.exit("the ids differ: nothing to compare")
    print(f"{len(text.encode()):,} bytes, {len(ids):,} tokens, {os.cpu_count()} cores")
    compare("encode, one core", lambda: one_core.run("encode"), {
        "ours, text met before": lambda: one_core.run("encode again"),
        "tiktoken": lambda: seconds(openai.encode_ordinary, text),
        "Hugging Face tokenizers": lambda: seconds(huggingface.encode, text)})
    compare("train a vocabulary of 4096, all cores", lambda: all_cores.run("train"), {
        "Hugging Face tokenizers": lambda: seconds(train_huggingface, text),
        "Hugging Face tokenizers, line by line": lambda: seconds(train_huggingface_file, path)})


if __name__ == "__main__":
    main()
