import * as english from './words.en.mjs';
import * as norwegian from './words.nb.mjs';

const LANGUAGES = { nb: norwegian, en: english };

const REMEMBERED = 'fjordlys-language';

let spoken = chosenLanguage();

function chosenLanguage() {
  const asked = [localStorage.getItem(REMEMBERED), ...navigator.languages].filter(Boolean);
  const known = asked.map((each) => (/^(nb|nn|no)\b/.test(each) ? 'nb' : each.slice(0, 2)));
  return known.find((each) => each in LANGUAGES) ?? 'nb';
}

/** `nb` or `en`; what texts are asked for in. */
export function language() {
  return spoken;
}

export function speak(other) {
  spoken = other;
  localStorage.setItem(REMEMBERED, other);
}

export function say(key, values = {}) {
  return LANGUAGES[spoken].WORDS[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** A name for what a version changes; null for a reason that says nothing to people, such as the first version. */
export function reasonName(reason) {
  return LANGUAGES[spoken].REASONS[reason] ?? null;
}

export function day(instant, timeZone) {
  const locale = spoken === 'nb' ? 'nb-NO' : 'en-GB';
  return new Intl.DateTimeFormat(locale, { dateStyle: 'long', ...(timeZone && { timeZone }) }).format(
    new Date(instant),
  );
}

export function dayAndTime(instant) {
  const locale = spoken === 'nb' ? 'nb-NO' : 'en-GB';
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(instant));
}
