/** ISO 639-1, by the letters of a script; Latin letters are taken for English. */
export function languageOf(text: string): string {
  return scripts.find(([letters]) => letters.test(text))?.[1] ?? 'en';
}

/** Kana before Han: Japanese has both. */
const scripts: readonly (readonly [letters: RegExp, language: string])[] = [
  [/\p{Script=Hangul}/u, 'ko'],
  [/[\p{Script=Hiragana}\p{Script=Katakana}]/u, 'ja'],
  [/\p{Script=Han}/u, 'zh'],
  [/\p{Script=Arabic}/u, 'ar'],
  [/\p{Script=Devanagari}/u, 'hi'],
  [/\p{Script=Thai}/u, 'th'],
  [/\p{Script=Cyrillic}/u, 'ru'],
];
