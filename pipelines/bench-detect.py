"""What m2 detect does, in PyTorch: JPEGs decoded, resized, and through a network of random weights, eager, without gradients.

    python bench-detect.py grid|regions THREADS PHOTOGRAPH...

Says what it is when it is ready, and works through the photographs once for every line on stdin. THREADS 0: as many as
PyTorch takes. `regions` is bottom-up attention's Faster R-CNN (ResNet-101, 300 proposals, 1,600 classes) as its PyTorch
ports compute it, with the kernels of torchvision for suppression and pooling; `grid` is EfficientNet-Lite0.
"""
import math
import sys

import numpy as np
import torch
import torch.nn.functional as F
import torchvision
from PIL import Image
from torch import nn


def conv(inputs, outputs, kernel=1, stride=1, padding=0, dilation=1, groups=1):
    """A convolution and its frozen norm."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, padding, dilation, groups, bias=False), nn.BatchNorm2d(outputs)
    )


class Bottleneck(nn.Module):
    def __init__(self, inputs, hidden, outputs, stride, dilation=1):
        super().__init__()
        self.conv1 = conv(inputs, hidden, stride=stride)
        self.conv2 = conv(hidden, hidden, 3, padding=dilation, dilation=dilation)
        self.conv3 = conv(hidden, outputs)
        self.conv3[1].weight.data.fill_(0.2)
        self.shortcut = conv(inputs, outputs, stride=stride) if inputs != outputs else nn.Identity()

    def forward(self, x):
        return F.relu(self.conv3(F.relu(self.conv2(F.relu(self.conv1(x))))) + self.shortcut(x))


def stage(blocks, inputs, hidden, outputs, stride, dilation=1):
    return nn.Sequential(
        *[
            Bottleneck(inputs if i == 0 else outputs, hidden, outputs, stride if i == 0 else 1, dilation)
            for i in range(blocks)
        ]
    )


class FasterRcnn(nn.Module):
    classes, proposals = 1600, 300

    def __init__(self):
        super().__init__()
        self.stem = conv(3, 64, 7, 2, 3)
        self.res4 = nn.Sequential(
            stage(3, 64, 64, 256, 1), stage(4, 256, 128, 512, 2), stage(23, 512, 256, 1024, 2)
        )
        self.rpn, self.logits, self.deltas = nn.Conv2d(1024, 512, 3, padding=1), nn.Conv2d(512, 12, 1), nn.Conv2d(512, 48, 1)
        self.res5 = stage(3, 1024, 512, 2048, 1, 2)
        self.score = nn.Linear(2048, self.classes + 1)
        for size, ratio in ((s, r) for s in (64, 128, 256, 512) for r in (0.5, 1, 2)):
            w = math.sqrt(size**2 / ratio)
            box = torch.tensor([[-w / 2, -ratio * w / 2, w / 2, ratio * w / 2]])
            self.anchors = box if not hasattr(self, 'anchors') else torch.cat([self.anchors, box])

    def forward(self, photograph):
        h, w = photograph.shape[:2]
        scale = min(600 / min(h, w), 1000 / max(h, w))
        x = torch.from_numpy(photograph).float().flip(2).permute(2, 0, 1)[None]
        x = F.interpolate(x, (int(h * scale + 0.5), int(w * scale + 0.5)), mode='bilinear', align_corners=False)
        x = x - torch.tensor([102.9801, 115.9465, 122.7717])[:, None, None]
        res4 = self.res4(F.max_pool2d(F.relu(self.stem(x)), 3, 2, ceil_mode=True))
        boxes = self.propose(res4, x.shape[2:])
        pooled = torchvision.ops.roi_pool(res4, [boxes], 14, 1 / 16)
        features = self.res5(pooled).mean((2, 3))
        probabilities = self.score(features).softmax(1)
        confidence = torch.zeros(len(boxes))
        for one in range(self.classes):
            kept = torchvision.ops.nms(boxes, probabilities[:, one], 0.3)
            confidence[kept] = torch.maximum(confidence[kept], probabilities[kept, one])
        kept = (confidence >= 0.2).nonzero()[:, 0]
        if not 10 <= len(kept) <= 100:
            kept = confidence.argsort(descending=True)[: 10 if len(kept) < 10 else 100]
        return features[kept], boxes[kept] / scale

    def propose(self, res4, size):
        hidden = F.relu(self.rpn(res4))
        rows, columns = res4.shape[2:]
        logits = self.logits(hidden)[0].permute(1, 2, 0).flatten()
        deltas = self.deltas(hidden)[0].view(12, 4, rows, columns).permute(2, 3, 0, 1).reshape(-1, 4)
        y, x = torch.meshgrid(torch.arange(rows) * 16.0, torch.arange(columns) * 16.0, indexing='ij')
        anchors = (torch.stack([x, y, x, y], -1).reshape(-1, 1, 4) + self.anchors).reshape(-1, 4)
        best = logits.topk(min(6000, len(logits)))
        anchors, deltas = anchors[best.indices], deltas[best.indices]
        sizes = anchors[:, 2:] - anchors[:, :2]
        centres = anchors[:, :2] + 0.5 * sizes + deltas[:, :2] * sizes
        sizes = sizes * deltas[:, 2:].clamp(max=math.log(1000 / 16)).exp()
        boxes = torch.cat([centres - 0.5 * sizes, centres + 0.5 * sizes], 1)
        boxes[:, 0::2] = boxes[:, 0::2].clamp(0, size[1])
        boxes[:, 1::2] = boxes[:, 1::2].clamp(0, size[0])
        whole = ((boxes[:, 2:] - boxes[:, :2]) > 0).all(1)
        boxes, scores = boxes[whole], best.values[whole]
        return boxes[torchvision.ops.nms(boxes, scores, 0.7)[: self.proposals]]


class Inverted(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride, widening):
        super().__init__()
        hidden = inputs * widening
        self.widen = nn.Sequential(conv(inputs, hidden), nn.ReLU6()) if widening > 1 else nn.Identity()
        self.filter = nn.Sequential(conv(hidden, hidden, kernel, stride, kernel // 2, groups=hidden), nn.ReLU6())
        self.narrow = conv(hidden, outputs)
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x):
        y = self.narrow(self.filter(self.widen(x)))
        return x + y if self.adds else y


class Grid(nn.Module):
    def __init__(self):
        super().__init__()
        layers, inputs = [conv(3, 32, 3, 2, 1), nn.ReLU6()], 32
        table = [(1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192), (1, 3, 1, 6, 320)]
        for blocks, kernel, stride, widening, outputs in table:
            for i in range(blocks):
                layers.append(Inverted(inputs, outputs, kernel, stride if i == 0 else 1, widening))
                inputs = outputs
        self.layers = nn.Sequential(*layers, conv(320, 1280), nn.ReLU6())

    def forward(self, photograph):
        x = torch.from_numpy(photograph).float().permute(2, 0, 1)[None]
        x = F.interpolate(x, (224, 224), mode='bilinear', align_corners=False)
        return self.layers((x - 127) / 128).flatten(2).transpose(1, 2).contiguous()


what, threads, *photographs = sys.argv[1:]
if int(threads) > 0:
    torch.set_num_threads(int(threads))
torch.manual_seed(1)
network = {'grid': Grid, 'regions': FasterRcnn}[what]().eval()
for layer in network.modules():
    if isinstance(layer, nn.Conv2d):
        nn.init.kaiming_uniform_(layer.weight, nonlinearity='relu')
if what == 'regions':
    network.deltas.weight.data *= 1e-3  # anchors stay about where they are
print(f'pytorch {torch.__version__}, {torch.get_num_threads()} threads', flush=True)
with torch.inference_mode():
    for _ in sys.stdin:
        for name in photographs:
            network(np.array(Image.open(name).convert('RGB')))
        print('done', flush=True)
