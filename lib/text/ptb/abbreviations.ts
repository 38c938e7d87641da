/** Abbreviations that keep their dot in CoreNLP 3.4.1, found by running it on every word of up to five letters. */

const anyCase = (words: string) =>
  words
    .trim()
    .split(/\s+/)
    .map((word) => word.replace(/[a-z]/g, (letter) => `[${letter.toUpperCase()}${letter}]`))
    .join('|')

/** Titles and similar, which never end a sentence. (Single letters behave so too; see `acronym` in rules.ts.) */
export const titles = new RegExp(
  `(?:${anyCase(`
    cf dr ft lt mr ms mt ph st vs wm adj adm adv ave cie col cpl det drs ens gen gov hon jos maj mme mrs pfc pvt rep rev
    sen sfc sgt spc ste alex asst atty brig capt cmdr dept elec govs insp invt mlle msgr natl pres prof reps sens supt
    attys comdr lieut messrs profs supts`)}|[mM](?:[fF]|[tT])[gG])`,
)

/** Words that may end a sentence: before a capital their dot is also a full stop. */
export const enders = new RegExp(
  `(?:${anyCase(`
    al co ct ga jr ky md mo rd rt sq sr va vt ala apr aug bhd cos dak dec esq est etc ext feb fla fri inc ind jan jul jun
    kan ltd mar mon neb nev nov oct plc sep seq sys tel thu tue wed wis wyo ariz assn bldg blvd bros colo conn corp intl
    kans mich minn mont okla penn sept tenn tues univ wisc assoc treas`)}|[pP]?[pP][tT][eEyY]s?)`,
)

/** Names of states that are also words, so that their first letter must be a capital. */
export const states = new RegExp(
  `(?:${['az', 'la', 'pa', 'ark', 'del', 'ill', 'ore', 'tex', 'mass', 'miss', 'wash']
    .map((word) => word.charAt(0).toUpperCase() + anyCase(word.slice(1)))
    .join('|')})`,
)

/** Words that are abbreviations only before a number. */
export const numbering = new RegExp(`(?:${anyCase('ca no op pp art fig nos figs prop')})`)

/** Words that, capitalised and followed by a blank, begin a sentence, so that an acronym before them ends one. */
export const openers = new RegExp(
  `(?:${`A About According Additionally After An As At But Earlier He Her Here However If In It Last Many More Mr\\. Ms\\.
    Now Once One Other Our She Since So Some Such That The Their Then There These They This We What When While Yet You`
    .split(/\s+/)
    .map((word) => word.charAt(0) + anyCase(word.slice(1)))
    .join('|')})`,
)

/** Extensions of file names. */
export const extensions = new RegExp(
  `(?:${anyCase(`
    bat bmp c cgi class cpp dll doc docx exe gif gz h htm html jar java jpeg jpg mov mp3 pdf php pl png ppt ps py sql tar
    txt wav x xml zip`)})`,
)
