export { type InBoth, type Language, languageFor } from '../domain/languages';
