/** The things, places, colours and relations of the fixture world, and the words for them. */

export type Category =
  'person' | 'animal' | 'mount' | 'vehicle' | 'seat' | 'table' | 'thing' | 'food' | 'backdrop'
type Where = 'indoors' | 'outdoors' | 'anywhere'

export interface Kind {
  readonly name: string
  readonly category: Category
  readonly where: Where
  /** Singular and plural names, the commonest first. */
  readonly names: readonly (readonly [one: string, many: string])[]
  /** Width and height as shares of the image's, when neither small nor large. */
  readonly extent: readonly [width: number, height: number]
}

// prettier-ignore
export const kinds: readonly Kind[] = [
  ...kindsOf('person', 'anywhere', [0.16, 0.5], 'man/men guy/guys', 'woman/women lady/ladies'),
  ...kindsOf('person', 'anywhere', [0.13, 0.38], 'boy/boys kid/kids', 'girl/girls child/children'),
  ...kindsOf('animal', 'anywhere', [0.22, 0.24], 'dog/dogs puppy/puppies', 'cat/cats kitten/kittens'),
  ...kindsOf('animal', 'outdoors', [0.18, 0.18], 'bird/birds', 'sheep/sheep'),
  ...kindsOf('animal', 'outdoors', [0.34, 0.4], 'cow/cows', 'zebra/zebras', 'giraffe/giraffes'),
  ...kindsOf('mount', 'outdoors', [0.34, 0.4], 'horse/horses', 'elephant/elephants'),
  ...kindsOf('mount', 'outdoors', [0.3, 0.3], 'bike/bikes bicycle/bicycles', 'motorcycle/motorcycles motorbike/motorbikes'),
  ...kindsOf('vehicle', 'outdoors', [0.38, 0.3], 'car/cars vehicle/vehicles', 'bus/buses', 'truck/trucks', 'boat/boats'),
  ...kindsOf('seat', 'indoors', [0.44, 0.32], 'couch/couches sofa/sofas', 'bed/beds'),
  ...kindsOf('seat', 'anywhere', [0.3, 0.34], 'bench/benches', 'chair/chairs'),
  ...kindsOf('table', 'indoors', [0.46, 0.28], 'desk/desks', 'counter/counters'),
  ...kindsOf('table', 'anywhere', [0.46, 0.28], 'table/tables'),
  ...kindsOf('thing', 'outdoors', [0.12, 0.15], 'ball/balls', 'kite/kites', 'umbrella/umbrellas'),
  ...kindsOf('thing', 'indoors', [0.12, 0.13], 'laptop/laptops computer/computers', 'cup/cups mug/mugs', 'vase/vases', 'clock/clocks'),
  ...kindsOf('thing', 'anywhere', [0.1, 0.14], 'book/books', 'bottle/bottles', 'bag/bags'),
  ...kindsOf('food', 'indoors', [0.14, 0.12], 'pizza/pizzas', 'cake/cakes', 'sandwich/sandwiches', 'apple/apples', 'bowl/bowls dish/dishes'),
  ...kindsOf('backdrop', 'outdoors', [0.26, 0.62], 'tree/trees', 'building/buildings', 'fence/fences'),
]

export interface Place {
  readonly name: string
  readonly where: 'indoors' | 'outdoors'
  /** The commonest first. */
  readonly phrases: readonly string[]
}

export const places: readonly Place[] = [
  place('park', 'outdoors', 'in a park', 'at the park', 'on the grass'),
  place('street', 'outdoors', 'on a street', 'on a city street', 'on the side of the road'),
  place('beach', 'outdoors', 'on the beach', 'on a beach', 'on the sand near the water'),
  place('field', 'outdoors', 'in a field', 'in a grassy field', 'in a green field'),
  place('snow', 'outdoors', 'in the snow', 'on a snowy day'),
  place('kitchen', 'indoors', 'in a kitchen', 'in the kitchen'),
  place('room', 'indoors', 'in a living room', 'in a room', 'inside a house'),
  place('office', 'indoors', 'in an office', 'in a small office'),
]

/** Colours by category; of a person it is the shirt's. */
export const colours: Readonly<Partial<Record<Category, readonly string[]>> & { any: readonly string[] }> = {
  animal: ['black', 'white', 'brown', 'gray'],
  mount: ['black', 'white', 'brown', 'gray'],
  food: ['red', 'green', 'yellow', 'brown'],
  backdrop: ['green', 'brown', 'white', 'red'],
  any: 'red blue green yellow black white brown orange pink gray'.split(' '),
}

export type Size = 'small' | 'large'
export const sizes: Readonly<Record<Size, readonly string[]>> = {
  small: ['small', 'little', 'tiny'],
  large: ['large', 'big', 'huge'],
}

/** What a person or an animal does when the relation leaves it free. */
export const poses = {
  standing: ['standing'],
  walking: ['walking', 'strolling'],
  lying: ['laying', 'lying', 'resting'],
  playing: ['playing'],
} as const
export type Pose = keyof typeof poses

/** Phrases for each relation; `inverse` puts the object first, with # for the subject. */
export const relations = {
  riding: { phrases: ['riding', 'riding on'], inverse: [] },
  holding: { phrases: ['holding', 'carrying', 'with'], inverse: [] },
  sitting: { phrases: ['sitting on', 'on', 'resting on'], inverse: ['with # on it'] },
  on: { phrases: ['on', 'on top of', 'sitting on'], inverse: ['with # on it', 'with # on top'] },
  under: { phrases: ['under', 'underneath', 'below'], inverse: ['above #', 'over #'] },
  beside: { phrases: ['next to', 'near', 'beside', 'by'], inverse: ['next to #', 'near #', 'beside #'] },
  before: { phrases: ['in front of'], inverse: ['behind #'] },
  behind: { phrases: ['behind'], inverse: ['in front of #'] },
} as const
export type Relation = keyof typeof relations

/** Which relations two categories are seen in. */
export const possible: Readonly<Record<Category, Readonly<Partial<Record<Category, readonly Relation[]>>>>> =
  {
    person: {
      person: ['beside', 'before', 'behind'],
      animal: ['beside', 'before', 'behind'],
      mount: ['riding', 'riding', 'beside'],
      vehicle: ['beside', 'before'],
      seat: ['sitting', 'sitting', 'beside'],
      table: ['beside', 'behind'],
      thing: ['holding', 'holding', 'beside'],
      food: ['holding', 'before'],
      backdrop: ['under', 'before', 'beside'],
    },
    animal: {
      person: ['beside'],
      animal: ['beside', 'before', 'behind'],
      vehicle: ['beside', 'before'],
      seat: ['sitting', 'under', 'beside'],
      table: ['under', 'beside'],
      thing: ['beside', 'behind'],
      backdrop: ['under', 'beside', 'before'],
    },
    mount: { mount: ['beside'], vehicle: ['beside', 'before'], backdrop: ['beside', 'before'] },
    vehicle: { vehicle: ['beside', 'before', 'behind'], backdrop: ['beside', 'before'] },
    seat: { table: ['beside', 'before'], backdrop: ['under', 'before'] },
    table: { seat: ['beside', 'behind'], backdrop: ['under', 'before'] },
    thing: {
      table: ['on', 'on', 'under'],
      seat: ['on', 'under'],
      thing: ['beside', 'behind'],
      food: ['beside'],
    },
    food: { table: ['on'], thing: ['beside', 'before'], food: ['beside'] },
    backdrop: { vehicle: ['behind', 'beside'], seat: ['behind', 'beside'] },
  }

const subjectShares: Readonly<Record<Category, number>> = {
  person: 8,
  animal: 4,
  thing: 3,
  vehicle: 2,
  food: 2,
  mount: 1,
  seat: 1,
  table: 1,
  backdrop: 1,
}

/** Categories, each repeated as often as it should be drawn as the subject of a scene. */
export const subjects: readonly Category[] = (Object.keys(subjectShares) as Category[]) // keys of a Record
  .flatMap((category) => Array.from({ length: subjectShares[category] }, () => category))

/** Names of one kind each: `one/many` of the commonest, then of its synonyms. */
function kindsOf(
  category: Category,
  where: Where,
  extent: readonly [number, number],
  ...lists: readonly string[]
): Kind[] {
  return lists.map((list) => {
    const names = list.split(' ').map((pair) => {
      const [one = '', many = ''] = pair.split('/')
      return [one, many] as const
    })
    return { name: names[0]?.[0] ?? '', category, where, names, extent }
  })
}

function place(name: string, where: Place['where'], ...phrases: readonly string[]): Place {
  return { name, where, phrases }
}
