/** The lexical rules of the Penn Treebank tokenizer. */

import type { LexerRule } from './lexer.js'
import { enders, extensions, numbering, openers, states, titles } from './abbreviations.js'
import { blank, capital, caseless, digit, gap, letter, re, symbol } from './characters.js'
import { ascii, closed, expanded, plainText, unbroken } from './spelling.js'

/** A lexical rule: the token that a match becomes, and how much of the match is read again. */
export interface PtbRule extends LexerRule {
  /** The token of a match, undefined to drop it; default: the match itself. */
  readonly token: ((match: string) => string | undefined) | undefined
  /** The number of characters at the end of the match that are read again. */
  readonly back: number
}

// Quotes and hyphens, in their many encodings.
const apostrophe = re`(?:['\u0092\u2019]|&[aA][pP][oO][sS];)`
const quote = re`(?:['\u0091\u0092\u2018\u2019\u201B\u0060]|&[aA][pP][oO][sS];)`
const hyphen = re`[\-_\u058A\u2010\u2011]`

// Words: letters and digits after a letter, with a dot or similar inside; and what is split off at their ends.
const character = re`(?:${letter}|${digit})`
const word = re`${letter}${character}*(?:[.!?]${letter}${character}*)*`
const clitic = re`${apostrophe}(?:[msdMSD]|[rR][eE]|[vV][eE]|[lL][lL])`
const negation = re`[nN]${quote}[tT]`
const dialect = caseless(
  re`${apostrophe}n${apostrophe}?|[ldj]${apostrophe}|dunkin${apostrophe}|somethin${apostrophe}|ol${apostrophe}|${apostrophe}em|c${apostrophe}mon|${apostrophe}[2-9]0s|${apostrophe}till?|${apostrophe}cause|nor${apostrophe}easter|e${apostrophe}er|s${apostrophe}mores|ev${apostrophe}ry|li${apostrophe}l|nat${apostrophe}l|o${quote}o|cont${apostrophe}d\.`,
)

// Words joined: by an elided article, hyphens, dots, slashes, ampersands.
const plain = re`(?:[\p{L}]|${digit})`
const elided = re`(?:[dDlLoO]${quote}${plain})?${plain}+`
const compound = re`${elided}(?:${hyphen}${elided})*`
const dotted = re`[A-Za-z0-9][A-Za-z0-9.,\u00AD]*(?:-(?:[A-Za-z0-9\u00AD]+|[A-Za-z](?:\.[A-Za-z])+\.))+`
const slashed = re`[A-Za-z0-9]+(?:-[A-Za-z]+){0,2}(?:\\?\/[A-Za-z0-9]+(?:-[A-Za-z]+){0,2}){1,2}`
const ampersand = re`(?:&|&[aA][mM][pP];)`
const initials = re`[A-Z]+(?:(?:[+]|${ampersand})[A-Z]+)+`
const file = re`${character}+(?:\.${character}+)*\.${extensions}`

// Markup, and addresses on the web.
const name = re`[A-Za-z][A-Za-z0-9.:\-_]*`
const attribute = re`${name}(?: *= *(?:'[^'\n]*'|"[^"\n]*"))?`
const tag = re`<(?:[!?][A-Za-z\-][^>\n]*|\/${name} *|${name}(?: +${attribute})* *\/? *)>`
const addressEnd = re`[^ \t\n\f\r"<>|.!?(){},\-]`
const path = re`\/[^ \t\n\f\r"<>|()]+${addressEnd}`
const host = re`[^ \t\n\f\r"<>|(){}.\u00A0]+`

const number = re`(?:${digit}+|${digit}*(?:[.:,\u00AD\u066B\u066C]${digit}+)+)`
const join = re`[\- \u00A0]`

// Abbreviations, and what shows that one ended a sentence.
const acronym = re`[A-Za-z](?:\.[A-Za-z])*\.`
const ender = re`(?:${enders}|${states}|[pP][hH]\.[dD])\.`
const sentenceEnd = re`${gap}(?:${gap}|${capital}|${tag})`
const opening = re`${gap}+(?:${openers}|${tag})${gap}`
const pause = re`[,;:\u3001]`

const eye = re`[\-^x=~<>']`
const wideEye = re`[x^=~<>']`

/**
 * The rules of Penn Treebank tokenization in CoreNLP 3.4.1. Of matches with equal length the first rule wins. Its oddities
 * are kept, because the COCO scores in the literature were computed with them.
 */
export const ptbRules: readonly PtbRule[] = [
  // Markup is kept whole; entities become their characters.
  drop(re`${blank}+`),
  rule(tag, unbroken),
  as(/&(?:md|mdash|ndash);/iu, '--'),
  as(/&amp;/iu, '&'),
  as(/&lt;/iu, '<'),
  as(/&gt;/iu, '>'),
  drop(/&nbsp;/iu),
  rule(/&(?:HT|TL|UR|LR|QC|QL|QR|odq|cdq|#[0-9]+);/iu),

  // Words that are two.
  rule(/can(?=not)/iu),
  rule(/(?:gon|wan)(?=na)/iu),
  rule(/got(?=ta)/iu),
  rule(/(?:lem|gim)(?=me)/iu),
  rule(re`${apostrophe}[tT](?=[iI][sS]|[wW][aA][sS])`, plainText),

  // Words and what is split off them. A word keeps its dot before a comma or similar.
  rule(re`${word}(?=${clitic})`, plainText),
  rule(re`[A-Za-z\u00AD]*[A-MO-Za-mo-z]\u00AD*(?=${negation})`, plainText),
  rule(word, plainText),
  rule(re`${word}\.(?=${pause})`, plainText),
  rule(dialect),
  rule(re`[\p{L}]+[aeiouyAEIOUY]${quote}[aeiouA-Z][\p{L}]*`),
  rule(re`[A-HJ-XZn]${quote}[\p{L}]{2,}`),
  rule(re`[mM][oO][rR][eE](?=${apostrophe}[nN])`),
  rule(re`[yY]${apostrophe}(?=[\p{L}])`),
  rule(re`[hH][tT][tT][pP][sS]?:\/\/[^ \t\n\f\r"<>|(){}]+${addressEnd}`),
  rule(re`[wW][wW][wW]\.(?:[^ \t\n\f\r"<>|.!?(){},]+\.)+[a-zA-Z]{2,4}(?:${path})?`),
  // The range from comma to underscore, which includes digits and capitals, is CoreNLP's.
  rule(re`(?:[^ \t\n\f\r"\u0060'<>|.!?(){},-_$]+\.)+(?:com|net|org|edu)(?:${path})?`),
  rule(re`(?:<|&[lL][tT];)?[a-zA-Z0-9][^ \t\n\f\r"<>|(){}\u00A0]*@(?:${host}\.)*${host}(?:>|&[gG][tT];)?`),
  rule(/@[a-zA-Z_][a-zA-Z_0-9]*/u),
  rule(re`#${letter}+`),
  rule(re`${clitic}(?=[^A-Za-z])`, plainText),
  rule(re`${negation}(?=[^A-Za-z])`, ascii),

  // Dates, numbers, fractions, telephone numbers; a blank inside one becomes a no-break space.
  rule(re`${digit}{1,2}[\-\/]${digit}{1,2}[\-\/]${digit}{2,4}`),
  rule(re`[\-+]?${number}`, plainText),
  rule(re`[\u207A\u207B\u208A\u208B]?(?:[\u2070\u00B9\u00B2\u00B3\u2074-\u2079]+|[\u2080-\u2089]+)`),
  rule(re`(?:${digit}{1,4}${join})?${digit}{1,4}(?:\\?\/|\u2044)${digit}{1,4}`, unbroken),
  rule(/[\u00BC-\u00BE\u2153\u2154]/u, expanded),
  rule(
    re`(?:\([0-9]{2,3}\)[ \u00A0]?|(?:\+\+?)?(?:[0-9]{2,4}${join})?[0-9]{2,4}${join})[0-9]{3,4}${join}?[0-9]{3,5}`,
    closed,
  ),
  rule(/(?:(?:\+\+?)?[0-9]{2,4}\.)?[0-9]{2,4}\.[0-9]{3,4}\.[0-9]{3,5}/u),

  // Abbreviations. Where one may have ended a sentence, its dot is read again as the full stop.
  rule(re`${ender}(?=${sentenceEnd})`, undefined, 1),
  rule(re`${ender}(?=[^][^])`),
  rule(ender, undefined, 1),
  rule(re`${titles}\.`),
  rule(re`[A-Za-z](?=\.${opening})`),
  rule(re`${acronym}(?=${opening})`, undefined, 1),
  rule(acronym),
  rule(re`${numbering}\.(?=${gap}?${digit})`),

  // Compounds.
  rule(/-[lr][rcs]b-/iu),
  rule(
    caseless(re`C\.D\.s|pro-|anti-|S${ampersand}P-500|S${ampersand}Ls|Cap${apostrophe}n|c${apostrophe}est`),
    plainText,
  ),
  rule(re`${apostrophe}[0-9][0-9](?=${gap})`),
  rule(compound, plainText),
  rule(re`${compound}\.(?=${pause})`, plainText),
  rule(/c\+\+|[cf]#/iu),
  rule(initials, plainText),
  rule(re`${initials}\.(?=${pause})`, plainText),
  rule(slashed, plainText),
  rule(dotted, plainText),
  rule(re`${dotted}\.(?=${pause})`, plainText),
  rule(re`${file}(?=${gap}|[.,!?])`),

  // Money, quotes, faces, brackets.
  rule(/[A-Z]*\$/u),
  rule(/[\u0080\u00A2-\u00A4\u20A0\u20AC]/u, expanded),
  as(/(?:"|&quot;)(?=[A-Za-z0-9$])/u, '``'),
  rule(/&quot;(?=[A-Za-z0-9$])/iu), // in capitals it is found, but not replaced
  as(/"|&quot;/u, "''"),
  rule(/&quot;/iu),
  rule(/[<>]?[:;=][-o*']?[()DPdpO\\{@|[\]](?=[^A-Za-z0-9])/u, closed),
  rule(re`${eye}_${eye}`),
  rule(re`\((?:${eye}[_.]?${eye}|${eye}-${wideEye}|${wideEye}-${eye})\)`, closed),
  as(/\(/u, '-LRB-'),
  as(/\)/u, '-RRB-'),
  as(/\[/u, '-LSB-'),
  as(/\]/u, '-RSB-'),
  as(/\{/u, '-LCB-'),
  as(/\}/u, '-RCB-'),
  as(/'(?=[A-Za-z][^ \t\n\u00A0])/u, '`'),
  rule(clitic, plainText),
  rule(negation, ascii),
  rule(/''/u),
  as(/'|&apos;/u, "'"),
  rule(/&apos;/iu),
  rule(/[\u0060\u0091-\u0094\u00AB\u00BB\u2018-\u201F\u2039\u203A]{1,2}/u, ascii),

  // Other signs.
  as(/\.{3,5}|\.(?:[ \u00A0]\.){2,4}|\u2026/u, '...'),
  as(/-{2,4}|[\u0096\u0097\u2013-\u2015]/u, '--'),
  rule(/-{5,}|[?!]+|#+|@+|_+|\*+|(?:\\\*)+|<<|>>/u),
  rule(symbol),
  rule(/[%&~^|\\/.,:;=+<>-]/u),
]

function rule(pattern: RegExp, token?: PtbRule['token'], back = 0): PtbRule {
  return { pattern, token, back }
}

function as(pattern: RegExp, token: string): PtbRule {
  return rule(pattern, () => token)
}

function drop(pattern: RegExp): PtbRule {
  return rule(pattern, () => undefined)
}
