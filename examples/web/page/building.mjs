const SVG = 'http://www.w3.org/2000/svg';

/** Which windows belong to which room: floor from the ground up, and how many. */
const FLOORS = [
  { room: 'reception', y: 176, windows: 3 },
  { room: 'canteen', y: 132, windows: 5 },
  { room: 'meeting', y: 88, windows: 5 },
  { room: 'office', y: 44, windows: 5 },
];

/** A picture of the building whose windows are as bright as its rooms. It says nothing that words do not. */
export function building(rooms) {
  const picture = shape('svg', {
    viewBox: '0 0 320 240',
    class: 'building',
    'aria-hidden': 'true',
    preserveAspectRatio: 'xMidYMax slice',
  });
  picture.append(
    shape('path', { class: 'hill far', d: 'M0 150 L52 96 L88 128 L142 66 L200 130 L244 92 L320 152 V240 H0Z' }),
    shape('path', { class: 'hill', d: 'M0 184 L66 138 L122 178 L214 128 L320 182 V240 H0Z' }),
    shape('rect', { class: 'water', x: 0, y: 218, width: 320, height: 22 }),
    shape('rect', { class: 'wall', x: 76, y: 26, width: 168, height: 194, rx: 3 }),
    shape('rect', { class: 'roof', x: 68, y: 20, width: 184, height: 9, rx: 2 }),
  );
  for (const floor of FLOORS) picture.append(...windowsOf(floor));
  picture.append(shape('rect', { class: 'door', x: 200, y: 182, width: 26, height: 38, rx: 2 }));
  picture.light = (room, percent) => {
    for (const each of picture.querySelectorAll(`[data-room="${room}"]`)) {
      each.style.setProperty('--light', percent / 100);
    }
  };
  for (const { id, light } of rooms) picture.light(id, light);
  return picture;
}

function windowsOf({ room, y, windows }) {
  return Array.from({ length: windows }, (_, index) =>
    shape('rect', { class: 'window', 'data-room': room, x: 90 + index * 30, y, width: 20, height: 26, rx: 1.5 }),
  );
}

function shape(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
