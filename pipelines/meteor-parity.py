"""The jar's side of meteor-parity.sh: a line an image with its tokens, statistics and score; the corpus score last."""

import gzip
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import pycocoevalcap.meteor
from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer


def read(path):
    opened = gzip.open(path) if path.endswith(".gz") else open(path, "rb")
    with opened as file:
        return json.load(file)


def main(results, captions, ids=None):
    hypotheses = {entry["image_id"]: [entry] for entry in read(results)}
    annotations = read(captions)["annotations"]
    if ids is not None:
        import numpy

        wanted = set(numpy.load(ids).tolist())
        annotations = [entry for entry in annotations if entry["id"] in wanted]
    references = {}
    for entry in annotations:
        if entry["image_id"] in hypotheses:
            references.setdefault(entry["image_id"], []).append(entry)
    images = [image for image in hypotheses if image in references]
    tokenizer = PTBTokenizer()
    hypotheses = tokenizer.tokenize({image: hypotheses[image] for image in images})
    references = tokenizer.tokenize({image: references[image] for image in images})

    start = time.time()
    folder = Path(pycocoevalcap.meteor.__path__[0])
    command = ["java", "-jar", "-Xmx2G", "meteor-1.5.jar", "-", "-", "-stdio", "-l", "en", "-norm"]
    jar = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    lines = []
    for image in images:
        # What pycocoevalcap's own wrapper sends.
        hypothesis = hypotheses[image][0].replace("|||", "").replace("  ", " ")
        lines.append(" ||| ".join(("SCORE", " ||| ".join(references[image]), hypothesis)))
    statistics = ask(jar, lines, len(lines))
    *scores, total = ask(jar, [" ||| ".join(["EVAL", *statistics])], len(lines) + 1)
    seconds = time.time() - start
    jar.stdin.close()
    jar.wait()

    for image, line, score in zip(images, statistics, scores):
        record = {"image_id": image, "hypothesis": hypotheses[image][0], "references": references[image]}
        print(json.dumps({**record, "statistics": line, "score": float(score)}))
    print(json.dumps({"score": float(total), "seconds": seconds}))


def ask(jar, lines, answers):
    def write():
        for line in lines:
            jar.stdin.write(f"{line}\n".encode())
        jar.stdin.flush()

    writer = threading.Thread(target=write)
    writer.start()
    found = [jar.stdout.readline().decode().strip() for _ in range(answers)]
    writer.join()
    return found


main(*sys.argv[1:])
