// Classic and in the head: the chosen theme must be on the root before anything is painted.
(() => {
  const KEY = "fleetdash.theme";
  const ORDER = ["auto", "light", "dark"];
  const root = document.documentElement;
  let theme = "auto";
  try {
    theme = ORDER.find((known) => known === localStorage.getItem(KEY)) ?? "auto";
  } catch {
    // Storage refused: the toggle then lasts as long as the page.
  }
  const apply = () => {
    if (theme === "auto") delete root.dataset.theme;
    else root.dataset.theme = theme;
  };
  apply();

  addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    button.hidden = false;
    const label = () => (button.textContent = `Theme: ${theme}`);
    label();
    button.addEventListener("click", () => {
      theme = ORDER[(ORDER.indexOf(theme) + 1) % ORDER.length];
      try {
        localStorage.setItem(KEY, theme);
      } catch {
        // As above.
      }
      apply();
      label();
      dispatchEvent(new Event("themechange"));
    });
  });
})();
