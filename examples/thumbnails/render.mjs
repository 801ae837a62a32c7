// Renders photo.jpg, a photograph that nobody took: 4000 x 3000 pixels of evening sky over hills. It is
// rendered so that the project may ship it; the same numbers make the same picture every time.
//
//   node examples/thumbnails/render.mjs
import { fileURLToPath } from "node:url";
import sharp from "sharp";

const WIDTH_PX = 4000;
const HEIGHT_PX = 3000;

/**
 * Numbers in [0, 1), the same every time: a linear congruential generator.
 *
 * @type {(seed: number) => () => number}
 */
function dice(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * The outline of a ridge: waves of falling height, each twice as fine as the one before.
 *
 * @type {(roll: () => number, heightPx: number, roughPx: number) => string}
 */
function ridge(roll, heightPx, roughPx) {
  const waves = Array.from({ length: 8 }, (_, index) => ({
    fine: (2 ** index * 2 * Math.PI) / WIDTH_PX,
    size: roughPx / 1.8 ** index,
    shift: roll() * 2 * Math.PI,
  }));
  const points = [`0,${HEIGHT_PX}`];
  for (let x = 0; x <= WIDTH_PX; x += 4) {
    let y = heightPx;
    for (const { fine, size, shift } of waves) y += Math.sin(x * fine + shift) * size;
    points.push(`${x},${y.toFixed(1)}`);
  }
  return [...points, `${WIDTH_PX},${HEIGHT_PX}`].join(" ");
}

/** @type {(roll: () => number) => string} */
function landscape(roll) {
  /** @type {[string, string, number, number][]} */
  const hills = [
    ["#8d7aa8", "#b391ab", 1550, 190],
    ["#6b6492", "#8f7fa0", 1800, 170],
    ["#46507a", "#646c8f", 2050, 150],
    ["#2b3c55", "#42566b", 2330, 130],
    ["#152531", "#243a41", 2650, 110],
  ];
  const gradients = hills.map(
    ([top, bottom], index) => `<linearGradient id="h${index}" x1="0" y1="0" x2="0" y2="1">
      <stop offset="0" stop-color="${top}"/><stop offset="1" stop-color="${bottom}"/></linearGradient>`,
  );
  const shapes = hills.map(
    ([, , height, rough], index) =>
      `<polygon points="${ridge(roll, height, rough)}" fill="url(#h${index})"/>`,
  );
  const stars = Array.from(
    { length: 160 },
    () => `<circle cx="${(roll() * WIDTH_PX).toFixed()}" cy="${(roll() ** 2 * 1000).toFixed()}"
      r="${(1 + roll() * 3).toFixed(1)}" fill="#fff" opacity="${(0.2 + roll() * 0.6).toFixed(2)}"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH_PX}" height="${HEIGHT_PX}"><defs>
    <linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#1c2250"/>
      <stop offset="0.3" stop-color="#6a4c86"/><stop offset="0.48" stop-color="#e2787a"/>
      <stop offset="0.6" stop-color="#ffc97e"/></linearGradient>
    <radialGradient id="glow"><stop offset="0" stop-color="#fff3c4" stop-opacity="0.9"/>
      <stop offset="1" stop-color="#ffb86b" stop-opacity="0"/></radialGradient>${gradients.join("")}</defs>
    <rect width="100%" height="100%" fill="url(#sky)"/>${stars.join("")}
    <circle cx="2750" cy="1350" r="900" fill="url(#glow)"/>
    <circle cx="2750" cy="1350" r="190" fill="#fff6da"/>
    ${shapes.join("")}</svg>`;
}

/**
 * The grain of a film: grey noise around the middle, which lightens and darkens.
 *
 * @type {(roll: () => number) => Buffer}
 */
function grain(roll) {
  const bytes = Buffer.alloc(WIDTH_PX * HEIGHT_PX);
  for (let index = 0; index < bytes.length; index++)
    bytes[index] = 128 + (roll() + roll() + roll() - 1.5) * 26;
  return bytes;
}

const roll = dice(20);
/** @type {import("sharp").Raw} */
const raw = { width: WIDTH_PX, height: HEIGHT_PX, channels: 1 };
const noise = await sharp(grain(roll), { raw }).toColourspace("srgb").png({ compressionLevel: 1 }).toBuffer();
const target = fileURLToPath(new URL("photo.jpg", import.meta.url));
const { size } = await sharp(Buffer.from(landscape(roll)))
  .composite([{ input: noise, blend: "soft-light" }])
  .jpeg({ quality: 84, mozjpeg: true })
  .toFile(target);
console.log(`${target}: ${size} bytes`);
