/** The words that spaCy's English rules treat as exceptions. */

/**
 * The tokens of words that spaCy's English rules split or keep whole in spite of its affix rules: contractions with an
 * apostrophe of either kind or without one, times of day, abbreviations, emoticons.
 */
export function englishExceptions(): ReadonlyMap<string, readonly string[]> {
  const entries = [
    ...contractions().flatMap(spellings).filter(noOtherWord).flatMap(cases),
    ...spellings(["y'", 'all']),
    ...apostrophes.flatMap((mark) => [[mark], [mark + mark]]),
    ...timesOfDay(),
    ...[...'cfkCFK'].map((scale) => ['°', scale, '.']),
    ...clipped().flatMap(cases),
    ...[...'abcdefghijklmnopqrstuvwxyzäöü'].map((initial) => [`${initial}.`]),
    ...[...abbreviations.split(' '), ...emoticons.split(' '), ...others].map((word) => [word]),
  ]
  return new Map(entries.map((tokens) => [tokens.join(''), tokens]))
}

type Tokens = readonly string[]

const apostrophes = ["'", '’']

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1)

/** A word in lower case and with a capital, as at the start of a sentence. */
const cases = (tokens: Tokens): Tokens[] => [
  tokens,
  tokens.map((token, i) => (i === 0 ? capital(token) : token)),
]

/** don't, don’t, dont. */
const spellings = (tokens: Tokens): Tokens[] =>
  [...apostrophes, ''].map((mark) => tokens.map((token) => token.replaceAll("'", mark)))

/** Contractions that are another word without their apostrophe. */
const homographs = new Set('ill its hell shell shed were well whore'.split(' '))
const noOtherWord = (tokens: Tokens) => !homographs.has(tokens.join(''))

function contractions(): Tokens[] {
  const willWould = ["'ll", "'d"]
  const subjects: Record<string, readonly string[]> = {
    i: ["'m", "'ve", ...willWould],
    'he she it that this': ["'s", ...willWould],
    'you we they these those': ["'re", "'ve", ...willWould],
    'there what when where who why how': ["'s", "'re", "'ve", ...willWould],
    'not could might must should would': ["'ve"],
  }
  const negated = 'ai are dare has have is was were'
  const negatedPerfect = 'ca could did do does had may might must need ought sha should wo would'
  return [
    ...Object.entries(subjects).flatMap(([words, endings]) =>
      words.split(' ').flatMap((word) => endings.map((ending) => [word, ending])),
    ),
    ...Object.keys(subjects)
      .slice(0, 4)
      .flatMap((words) => words.split(' '))
      .flatMap((word) => willWould.map((ending) => [word, ending, "'ve"])),
    ...`${negated} ${negatedPerfect}`.split(' ').map((word) => [word, "n't"]),
    ...negatedPerfect.split(' ').map((word) => [word, "n't", "'ve"]),
    ['i', "'m", 'a'],
    ['can', 'not'],
    ['gon', 'na'],
    ['got', 'ta'],
  ]
}

/** Words with letters left out, which are kept whole. */
function clipped(): Tokens[] {
  const ends = 'doin goin havin lovin nothin nuthin ol somethin'.split(' ')
  return apostrophes.flatMap((mark) => [
    ...ends.flatMap((word) => [[word], [word + mark]]),
    ...[`ma${mark}am`, `o${mark}clock`].map((word) => [word]),
    ['let', `${mark}s`],
    [`c${mark}m`, 'on'],
    ['how', `${mark}d`, `${mark}y`],
    ...'S Cause Cos Coz Cuz s cause cos coz cuz bout d em ll nuff re'.split(' ').map((word) => [mark + word]),
  ])
}

function timesOfDay(): Tokens[] {
  const hours = Array.from({ length: 12 }, (_, i) => `${i + 1}`)
  return hours.flatMap((hour) => ['am', 'a.m.', 'pm', 'p.m.'].map((half) => [hour, half]))
}

const abbreviations = [
  'Adm. Bros. Co. co. Corp. Dr. Gen. Gov. Inc. Jr. Ltd. Messrs. Mr. Mrs. Ms. Mt. Ph.D. Prof. Rep. Rev. Sen. St.',
  'Jan. Feb. Mar. Apr. Jun. Jul. Aug. Sep. Sept. Oct. Nov. Dec.',
  'Ak. Ala. Ariz. Ark. Calif. Colo. Conn. D.C. Del. Fla. Ga. Ia. Id. Ill. Ind. Kan. Kans. Ky. La. Mass. Md. Mich.',
  'Minn. Miss. Mo. Mont. N.C. N.D. N.H. N.J. N.M. N.Y. Neb. Nebr. Nev. Okla. Ore. Pa. S.C. Tenn. Va. Wash. Wis.',
  'E.G. E.g. e.g. I.E. I.e. i.e. a.m. p.m. v.s. vs. and/or w/o C++ em ll nuff',
].join(' ')

const emoticons = [
  ":) :)) :))) :( :(( :((( :-) :-)) :-))) :-( :-(( :-((( :') :'( :'-) :'-( :’) :’( :’-) :’-( :() :o) ): )-:",
  ':* :/ :0 :1 :3 :> :D :O :P :X :] :o :p :x :| :} :-* :-/ :-0 :-3 :-> :-D :-O :-P :-X :-] :-o :-p :-x :-| :-}',
  '(: (; (= (o: (-: (-; (-8 [: [= [-: ]= =( =) =/ =3 =D =[ =] =| ;) ;D ;-) ;-D ;_; 8) 8D 8-) 8-D >:( >:o xD xDD XD XDD',
  '<3 <33 <333 </3 <.< >.< >.> ._. -_- -__- ^_^ ^__^ ^___^ @_@ v_v v.v V_V V.V (*_*) (._.) (-_-) (>_<) (^_^) (¬_¬)',
  'o.o o.O O.o O.O o_o o_O O_o O_O 0.0 0_0 o.0 0.o o_0 0_o ಠ_ಠ ಠ︵ಠ (ಠ_ಠ) (╯°□°）╯︵┻━┻ ¯\\(ツ)/¯ ><(((*>',
].join(' ')

const others = [' ', '\t', '\n', '\u00a0', '\\n', '\\t', '\\")', '<space>', '—', '‘s', '‘S']
