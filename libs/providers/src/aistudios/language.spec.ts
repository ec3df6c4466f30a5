import { languageOf } from './language.js';

it.each([
  ['Hello, this is a test.', 'en'],
  ['안녕하세요', 'ko'],
  ['これは テスト です。漢字', 'ja'],
  ['你好，世界', 'zh'],
  ['مرحبا', 'ar'],
  ['नमस्ते', 'hi'],
  ['สวัสดี', 'th'],
  ['Привет', 'ru'],
  ['', 'en'],
])('%s is %s', (text, language) => {
  expect(languageOf(text)).toBe(language);
});
