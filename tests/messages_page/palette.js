// Takes a PNG as base64, and gives its size, its 64 commonest colours and each pixel's, as base64.
async (png) => {
  const image = new Image();
  image.src = `data:image/png;base64,${png}`;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  const counts = new Map();
  const colours = new Uint32Array(data.length / 4);
  for (let at = 0; at < colours.length; at++) {
    const [r, g, b] = [0, 1, 2].map((which) => data[at * 4 + which] & 0xf0);
    colours[at] = (r << 16) | (g << 8) | b;
    counts.set(colours[at], (counts.get(colours[at]) ?? 0) + 1);
  }
  const sorted = [...counts].sort((one, other) => other[1] - one[1] || one[0] - other[0]);
  const palette = sorted.slice(0, 64).map(([colour]) => colour);
  const bytes = (colour) => [colour >> 16, (colour >> 8) & 255, colour & 255];
  const distance = (one, other) =>
    bytes(one).reduce((sum, value, which) => sum + (value - bytes(other)[which]) ** 2, 0);
  const nearest = new Map(palette.map((colour, at) => [colour, at]));
  for (const [colour] of sorted.slice(64)) {
    const far = palette.map((one) => distance(one, colour));
    nearest.set(colour, far.indexOf(Math.min(...far)));
  }
  let pixels = "";
  for (const colour of colours) pixels += String.fromCharCode(nearest.get(colour));
  const whole = palette.flatMap(bytes).map((value) => value | (value >> 4));
  return [image.width, image.height, btoa(String.fromCharCode(...whole)), btoa(pixels)];
}
