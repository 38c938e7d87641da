/** Python programs that do the measured work with the libraries that people use for it. */

/** Reads records on stdin and scores them, as coco-caption's evaluation does. argv: metrics. */
export const perMetric = `
import sys, json
from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer
from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.meteor.meteor import Meteor
from pycocoevalcap.rouge.rouge import Rouge
from pycocoevalcap.cider.cider import Cider
references, hypotheses = {}, {}
for line in sys.stdin:
    record = json.loads(line)
    references[record['image_id']] = [{'caption': caption} for caption in record['captions']]
    hypotheses[record['image_id']] = [{'caption': record['caption']}]
tokenizer = PTBTokenizer()
references, hypotheses = tokenizer.tokenize(references), tokenizer.tokenize(hypotheses)
scorers = {'bleu': lambda: Bleu(4), 'meteor': Meteor, 'rouge': Rouge, 'cider': Cider}
for metric in sys.argv[1].split(','):
    print(metric, scorers[metric]().compute_score(references, hypotheses)[0])
`

/** CIDEr of five hypotheses of fifty images, both sides tokenized at each run, as the reference does. argv: records. */
export const reward = `
import sys, json
from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer
from pycocoevalcap.cider.cider import Cider
captions = [json.loads(line)['captions'] for line, _ in zip(open(sys.argv[1]), range(51))]
pairs = [(captions[i], hypothesis) for i in range(50) for hypothesis in captions[i + 1]]
references = {i: [{'caption': caption} for caption in own] for i, (own, _) in enumerate(pairs)}
hypotheses = {i: [{'caption': hypothesis}] for i, (_, hypothesis) in enumerate(pairs)}
tokenizer, cider = PTBTokenizer(), Cider()
print('ready', flush=True)
for line in sys.stdin:
    cider.compute_score(tokenizer.tokenize(references), tokenizer.tokenize(hypotheses))
    print('done', flush=True)
`

/** Reads records on stdin, and splits their captions into words. */
export const spacy = `
import sys, json, spacy
tokenizer = spacy.blank('en').tokenizer
for line in sys.stdin:
    record = json.loads(line)
    record['tokens'] = [[token.text for token in tokenizer(caption.lower())] for caption in record['captions']]
    print(json.dumps(record))
`
