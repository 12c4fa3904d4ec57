/**
 * @file The page's own script: unpacks plotly and draws each figure as it comes near the window, in the page's colours where the figure
 * names none, and on a dark page in those chosen for it. A figure that cannot be drawn stays the picture that it is; so do those in WebGL,
 * whose code would be made at run time.
 */
export const DRAW_FIGURES = `
(() => {
  "use strict";
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let plotly;
  const load = () => (plotly ??= (async () => {
    const packed = Uint8Array.from(atob(document.getElementById("plotly").textContent), (one) => one.charCodeAt(0));
    const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    const script = document.createElement("script");
    script.textContent = await new Response(unpacked).text();
    document.head.append(script);
    return window.Plotly;
  })());
  const merged = (below, above) => {
    if (above === undefined) return below;
    if (Array.isArray(below) || Array.isArray(above) || typeof below !== "object" || typeof above !== "object" || !below || !above) return above;
    const all = { ...below };
    for (const key of Object.keys(above)) all[key] = merged(below[key], above[key]);
    return all;
  };
  const colours = ({ template }) => {
    if (Object.keys({ ...template?.data, ...template?.layout }).length > 0) return {};
    const [text, line] = dark.matches ? ["#d6d9e0", "#3d434f"] : ["#24292f", "#dfe3e8"];
    const clear = "rgba(0,0,0,0)";
    const axis = { gridcolor: line, linecolor: line, zerolinecolor: line };
    return { template: { layout: { paper_bgcolor: clear, plot_bgcolor: clear, font: { color: text }, xaxis: axis, yaxis: axis } } };
  };
  const drawn = new Map();
  const read = (element) => {
    const { figure, dark: changes } = JSON.parse(element.querySelector("script").textContent);
    if (dark.matches) for (const [path, colour] of changes) path.slice(0, -1).reduce((at, key) => at[key], figure)[path.at(-1)] = colour;
    return figure;
  };
  // plotly.js offers to upload figures to a company's server
  const own = { showSendToCloud: false, plotlyServerURL: "" };
  const draw = async (figure) => {
    const { data = [], layout = {}, config = {}, frames } = read(figure);
    const plot = drawn.get(figure) ?? document.createElement("div");
    try {
      const Plotly = await load();
      if (!drawn.has(figure)) figure.append(plot);
      await Plotly.react(plot, { data, layout: merged(colours(layout), layout), config: { displaylogo: false, responsive: true, ...config, ...own }, frames });
      if (plot.querySelector(".no-webgl")) throw new Error("traces in WebGL compile code, which this page's policy does not allow");
      drawn.set(figure, plot);
      figure.classList.add("drawn");
    } catch (error) {
      plot.remove();
      drawn.delete(figure);
      figure.classList.remove("drawn");
      console.error(error);
    }
  };
  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) if (isIntersecting) { seen.unobserve(target); void draw(target); }
  }, { rootMargin: "600px" });
  for (const figure of document.querySelectorAll("figure.plotly")) seen.observe(figure);
  dark.addEventListener("change", () => { for (const figure of drawn.keys()) void draw(figure); });
})();
`;
