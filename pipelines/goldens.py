"""What the reference programs make of this project's own captions: the text and metric goldens of goldens.sh."""

import gzip
import json
import re
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import numpy
import pycocoevalcap.meteor
import pycocoevalcap.tokenizer
import spacy
from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.cider.cider import Cider
from pycocoevalcap.rouge.rouge import Rouge
from pycocoevalcap.tokenizer.ptbtokenizer import PUNCTUATIONS, STANFORD_CORENLP_3_4_1_JAR

JAVA = ["java", "-Dfile.encoding=UTF-8", "-Xmx2G"]


def main(folder):
    folder = Path(folder)
    odd = json.loads((folder / "odd.json").read_text("utf8"))
    world = json.loads((folder / "world.json").read_text("utf8"))
    write(folder / "ptb.jsonl", ptb_rows(odd))
    write(folder / "spacy.jsonl", spacy_rows(odd + [caption for captions in world for caption in captions]))
    images = [*map(world_image, range(len(world)), [world] * len(world)), *odd_images(odd)]
    tokenized = tokenize_images(images)
    write(folder / "captions.jsonl", [{**image, **tokens} for image, tokens in zip(images, tokenized)])
    (folder / "scores.json").write_text(pretty(scores(tokenized, folder / "meteor")), "utf8")


# Captions: three candidates an image, good, wrong and garbled, and one to four references


def world_image(i, world):
    """An image of the fixture world: one of its captions, one of another image, and one out of order with repeats."""
    first, *rest = world[i]
    words = first.split(" ")
    garbled = " ".join(word for k, word in enumerate(reversed(words)) for word in [word] * (2 if k % 3 == 0 else 1))
    return {"candidates": [first, world[(i + 1) % len(world)][0], garbled], "references": rest[: 1 + i % 4]}


def odd_images(odd):
    for i, caption in enumerate(odd):
        after = odd[(i + 1) % len(odd)]
        candidates = [caption, after, f"{caption} {after}".swapcase()]
        yield {"candidates": candidates, "references": [f"{caption} here", f"There: {caption.lower()}", odd[i - 1]]}


# Stanford's tokenizer


def stanford(captions):
    """Tokens with punctuation, a string a caption; the captions are one stream. A line break in one is a blank."""
    lines = [re.sub("[\n\r\x0b\x0c\x85\u2028\u2029]", " ", caption) for caption in captions]
    with tempfile.NamedTemporaryFile("w", encoding="utf8", newline="", suffix=".txt") as file:
        file.write("\n".join(lines))
        file.flush()
        command = [*JAVA, "-cp", STANFORD_CORENLP_3_4_1_JAR, "edu.stanford.nlp.process.PTBTokenizer"]
        cwd = Path(pycocoevalcap.tokenizer.__path__[0])
        options = ["-preserveLines", "-lowerCase", "-encoding", "UTF-8", file.name]
        done = subprocess.run(command + options, cwd=cwd, capture_output=True, check=True)
    return done.stdout.decode("utf8").split("\n")[: len(lines)]


def ptb(captions):
    """The same without the punctuation that pycocoevalcap removes."""
    return [" ".join(w for w in line.rstrip().split(" ") if w not in PUNCTUATIONS) for line in stanford(captions)]


def ptb_rows(odd):
    """Each caption in the stream of all, and before a caption that begins with a small letter."""
    before_x = stanford([line for caption in odd for line in (caption, "x x")])[::2]
    for raw, stream, alone in zip(odd, stanford(odd), before_x):
        yield {"raw": raw, "stream": stream.rstrip(), "before_x": alone.rstrip()}


def tokenize_images(images):
    """As pycocoevalcap does: one stream for the candidates of a set, one for all references."""
    sets = [ptb([image["candidates"][k] for image in images]) for k in range(3)]
    references = iter(ptb([reference for image in images for reference in image["references"]]))
    return [
        {
            "candidate_tokens": [lines[i] for lines in sets],
            "reference_tokens": [next(references) for _ in image["references"]],
        }
        for i, image in enumerate(images)
    ]


# spaCy


def spacy_rows(captions):
    """Tokens of lower-cased captions, as the reference's text field asks for them."""
    tokenizer = spacy.blank("en").tokenizer
    for raw in captions:
        yield {"raw": raw, "tokens": [token.text for token in tokenizer(raw.lower().rstrip("\n"))]}


# Metrics


def scores(images, meteor_folder):
    result = {"sets": []}
    for k in range(3):
        res = {i: [image["candidate_tokens"][k]] for i, image in enumerate(images)}
        gts = {i: image["reference_tokens"] for i, image in enumerate(images)}
        bleu, bleu_each = Bleu(4).compute_score(gts, res, verbose=0)
        rouge, rouge_each = Rouge().compute_score(gts, res)
        cider, cider_each = Cider().compute_score(gts, res)
        result["sets"].append(
            {
                "BLEU": {"score": bleu, "per": bleu_each},
                "ROUGE-L": {"score": float(rouge), "per": [float(x) for x in rouge_each]},
                "CIDEr-D": {"score": float(cider), "per": [float(x) for x in cider_each]},
                "METEOR own data": meteor(res, gts, own_data(meteor_folder)),
                "METEOR": meteor(res, gts, []),
            }
        )
    return result


def own_data(folder):
    """Options of METEOR's jar for the small word lists of this project."""
    pairs = [line.split(" | ") for line in (folder / "paraphrases.txt").read_text("utf8").splitlines()]
    table = Path(tempfile.mkdtemp()) / "paraphrases.gz"
    with gzip.open(table, "wt", encoding="utf8") as file:
        for first, second in pairs:
            file.write(f"0.25\n{first}\n{second}\n")
    (table.parent / "english.relations").write_text("")
    for name in ("english.synsets", "english.exceptions"):
        (table.parent / name).write_text((folder / name).read_text("utf8"), "utf8")
    return ["-s", str((folder / "english.words").resolve()), "-d", str(table.parent), "-a", str(table)]


def meteor(res, gts, options):
    folder = Path(pycocoevalcap.meteor.__path__[0])
    command = [*JAVA, "-jar", "meteor-1.5.jar", "-", "-", "-stdio", "-l", "en", "-norm", *options]
    jar = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    # What pycocoevalcap's own wrapper sends.
    lines = [
        " ||| ".join(("SCORE", " ||| ".join(gts[i]), res[i][0].replace("|||", "").replace("  ", " "))) for i in gts
    ]
    statistics = ask(jar, lines, len(lines))
    *each, total = ask(jar, [" ||| ".join(["EVAL", *statistics])], len(lines) + 1)
    jar.stdin.close()
    jar.wait()
    return {"score": float(total), "per": [float(x) for x in each], "statistics": statistics}


def ask(jar, lines, answers):
    def send():
        for line in lines:
            jar.stdin.write(f"{line}\n".encode())
        jar.stdin.flush()

    writer = threading.Thread(target=send)
    writer.start()
    found = [jar.stdout.readline().decode().strip() for _ in range(answers)]
    writer.join()
    return found


# Files


def write(file, rows):
    file.write_text("".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows), "utf8")


def pretty(result):
    """JSON, a list of numbers or words a line."""
    text = json.dumps(result, indent=1)
    return re.sub(r"\[\s+([^][{}]*?)\s+\]", lambda found: "[" + re.sub(r",\s+", ",", found[1]) + "]", text) + "\n"


if __name__ == "__main__":
    numpy.seterr(all="raise", under="ignore")
    main(sys.argv[1])
