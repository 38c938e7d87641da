/**
 * The character classes of spaCy's English rules, as bodies of classes in regular expressions with the flag `v`. spaCy
 * lists code points of the Unicode of its time. Here they are sets of Unicode properties, limited to the blocks that spaCy
 * covers, and equal to spaCy's at every code point that was assigned at that time.
 */

/** Scripts without case, which spaCy counts as both lower and upper case: whole blocks, with marks and digits. */
const caseless = [
  '\u0591-\u05f4\ufb1d-\ufb4f', // Hebrew
  '\u0620-\u064a\u066e-\u06d5\u06e5-\u06ff\u0750-\u077f\u08a0-\u08bd', // Arabic
  '\ufb50-\ufbb1\ufbd3-\ufd3d\ufd50-\ufdc7\ufdf0-\ufdfb\ufe70-\ufefc\u{1ee00}-\u{1eebb}', // its presentation forms
  '\u0900-\u097f\u0980-\u09ff', // Devanagari, Bengali
  '\u0b80-\u0bff\u0c00-\u0c7f\u0c80-\u0cff\u0d80-\u0dff', // Tamil, Telugu, Kannada, Sinhala
  '\u1100-\u11ff\uac00-\ud7af', // Hangul
  '\u1200-\u137f', // Ethiopic
  '\u2e80-\u2fdf\u2ff0-\u30ff\u31c0-\u31ef\u3200-\u4dbf\u4e00-\u9fff', // Han, Hiragana, Katakana
  '\uf900-\ufaff\ufe30-\ufe4f\u{1f200}-\u{1f2ff}\u{20000}-\u{2a6df}\u{2a700}-\u{2ebef}\u{2f800}-\u{2fa1f}',
].join('')

/** Blocks of scripts with case: Latin, Greek and the Cyrillic of Russian, Ukrainian, Tatar and Macedonian. */
const cased = [
  'A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u01bf\u01c4-\u02af',
  '\u1d00-\u1d25\u1d6b-\u1d77\u1d79-\u1d9a\u1e00-\u1eff\u2c60-\u2c7b\u2c7e\u2c7f',
  '\ua722-\ua76f\ua771-\ua787\ua78b-\ua78e\ua790-\ua7b9\ua7fa\uab30-\uab5a\uab60-\uab64\uff21-\uff3a\uff41-\uff5a',
  '\u0386\u0388-\u038a\u038c\u038e\u038f\u0391-\u03a9\u03ac-\u03af\u03b1-\u03c9\u03cc-\u03ce',
  '\u0400\u0401\u0403-\u040a\u040c\u040d\u0410-\u0451\u0453-\u045a\u045c\u045d',
  '\u0490\u0491\u0496\u0497\u04a2\u04a3\u04ae\u04af\u04ba\u04bb\u04d8\u04d9\u04e8\u04e9',
].join('')

export const letter = `${cased}${caseless}`
/** Lower case; the glottal stops U+0294 and U+0295 have no case in Unicode. */
export const lower = `[[${cased}]&&\\p{Ll}]\u0294\u0295${caseless}`
export const upper = `[[${cased}]&&\\p{Lu}]${caseless}`

/** Symbols of Unicode 11: emoji that were added later stay part of their word. */
export const symbol = `[\\p{So}--[${[
  '\u166d\u2427-\u2429\u2b96\u2b97\u2bc9\u2bff\u2e50\u2e51\u2ffc-\u2fff\u31e4\u31e5\u31ef\u32ff',
  '\ufbc3-\ufbd2\ufd40-\ufd4f\ufd90\ufd91\ufdc8-\ufdcf\ufdfe\ufdff\u{1019c}\u{10ed1}-\u{10ed8}\u{11fd5}-\u{11ff1}',
  '\u{1cc00}-\u{1cfaf}\u{1d1e9}\u{1d1ea}\u{1e14f}\u{1ed2e}\u{1f10d}-\u{1f10f}\u{1f16c}-\u{1f16f}\u{1f1ad}',
  '\u{1f6d5}-\u{1f6df}\u{1f6fa}-\u{1f6fc}\u{1f774}-\u{1f77f}\u{1f7d9}\u{1f7e0}-\u{1f7f0}\u{1f8b0}-\u{1f8c1}',
  '\u{1f90c}-\u{1f90f}\u{1f93f}\u{1f971}\u{1f972}\u{1f977}-\u{1f979}\u{1f97b}\u{1f9a3}-\u{1f9af}\u{1f9ba}-\u{1f9bf}',
  '\u{1f9c3}-\u{1f9cf}\u{1fa00}-\u{1fa57}\u{1fa70}-\u{1fbfa}',
].join('')}]]`

export const punctuation = '…,:;!?¿؟¡\\(\\)\\[\\]\\{\\}<>_#*\\&。？！，、；：～·।،۔؛٪'
export const quote = '\'"”“`‘´’‚,„»«「」『』（）〔〕【】《》〈〉\u2329\u232a\u27e6\u27e7'

export const currency = '(?:[$£€¥฿﷼\u20a0-\u20bf]|(?:US|C|A)\\$)'

const powers = (units: string) => units.split(' ').flatMap((unit) => [unit, `${unit}²`, `${unit}³`])

/** Units that are split from the number before them. "тбكم" comes from a comma missing in spaCy's list; it is kept. */
export const unit = [
  ...powers('km m dm cm mm км м дм см мм كم م سم مم'),
  ...'ha µm nm yd in ft kg g mg µg t lb oz m/s km/h kmh mph hPa Pa mbar'.split(' '),
  ...'mb MB kb KB gb GB tb TB T G M K % нм кг г мг м/с км/ч кПа Па мбар'.split(' '),
  ...'Кб КБ кб Мб МБ мб Гб ГБ гб Тб ТБ тбكم غرام جرام جم كغ ملغ كوب اكواب'.split(' '),
].join('|')

/** The spaces of Python's str.isspace(): JavaScript's \s with U+001C-001F and U+0085, without U+FEFF. */
export const space = '[\\s\\x1c-\\x1f\\x85]--\\ufeff'
