/**
 * Programs that run inside a page. They are texts, because what they are written for is the browser's world and not
 * the one these tests are compiled for.
 */

/** Visible words whose contrast to what is behind them is less than WCAG 2.2 asks for (1.4.3, level AA). */
export const FAINT_WORDS = `(() => {
  const colour = (text) => {
    const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number);
    return { r, g, b, a };
  };
  const over = (top, below) => {
    const mix = (one, other) => one * top.a + other * (1 - top.a);
    return { r: mix(top.r, below.r), g: mix(top.g, below.g), b: mix(top.b, below.b), a: 1 };
  };
  const light = ({ r, g, b }) => {
    const [x, y, z] = [r, g, b].map((each) => {
      const share = each / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const groundOf = (element) => {
    if (element === null) return { r: 255, g: 255, b: 255, a: 1 };
    const own = colour(getComputedStyle(element).backgroundColor);
    return own.a === 1 ? own : over(own, groundOf(element.parentElement));
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    const box = element.getBoundingClientRect();
    if (node.textContent.trim() === '' || box.width < 2 || box.height < 2 || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const ground = groundOf(element);
    const [low, high] = [light(over(colour(style.color), ground)), light(ground)].sort((a, b) => a - b);
    const isLarge = parseFloat(style.fontSize) >= 24;
    const contrast = (high + 0.05) / (low + 0.05);
    if (contrast < (isLarge ? 3 : 4.5)) faint.push(node.textContent.trim() + ': ' + contrast.toFixed(2));
  }
  return faint;
})()`;

/** How far the page is wider than its window, in pixels. */
export const OVERHANG = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';

/** Where the focus is: the words of the element and whether it stands in a dialog. */
export const FOCUS = `(() => {
  const { activeElement: element } = document;
  return {
    words: element === document.body ? '' : (element.getAttribute('aria-label') ?? element.textContent).trim(),
    tag: element.tagName,
    inDialog: element.closest('dialog') !== null,
  };
})()`;

/** What weighs in the eye of somebody who chooses between the buttons of the dialog. */
export const WEIGHTS = `[...document.querySelectorAll('dialog .pair button')].map((button) => {
  const { fontWeight, fontSize, color, backgroundColor, borderTopColor, borderTopWidth, opacity } = getComputedStyle(button);
  const { width, height } = button.getBoundingClientRect();
  return { width, height, fontWeight, fontSize, color, backgroundColor, borderTopColor, borderTopWidth, opacity };
})`;

/** A window in which no WebSocket ever opens. */
export const WITHOUT_WEBSOCKET = `
  window.WebSocket = class {
    constructor() { setTimeout(() => { this.onerror?.(new Event('error')); this.onclose?.({ code: 1006, reason: '' }); }); }
    close() {}
  };
`;
