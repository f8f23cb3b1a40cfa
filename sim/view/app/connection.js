// Says in a sentence that the server is away, and loads the page again when it is back: the address
// holds the view. Solara connects again by itself when only the line was lost.
(function () {
  const base = document.currentScript.src.replace("_midnight/connection.js", "");
  const LOST = "The connection to Midnight is lost. The page comes back by itself when Midnight answers again.";
  const SLOW = "Midnight is busy, or all places are taken. The page tries again by itself.";
  let since = null, line = null;

  function say(words) {
    if (!line) {
      line = document.createElement("div");
      line.id = "midnight-connection";
      line.setAttribute("role", "alert");
      Object.assign(line.style, { position: "fixed", top: "0", left: "0", right: "0", zIndex: "200000",
        padding: "12px", textAlign: "center", font: "16px sans-serif", color: "#000", background: "#ffe08a" });
      document.body.appendChild(line);
    }
    line.textContent = words;
  }

  async function answers() {
    try {
      return (await fetch(base + "readyz", { cache: "no-store" })).ok;
    } catch (error) {
      return false;
    }
  }

  async function look() {
    const debug = window.solara && window.solara.debug;
    const connected = debug && debug.connectionStatus === "connected";
    if (connected) {
      since = null;
      if (line) line.remove();
      line = null;
    } else {
      since = since || Date.now();
      const away = Date.now() - since, began = Boolean(debug);
      if (away > (began ? 2000 : 20000)) {
        const back = await answers();
        say(began || !back ? LOST : SLOW);
        if (back && away > (began ? 8000 : 40000)) {
          window.location.reload();
          return;
        }
      }
    }
    setTimeout(look, 1000);
  }
  setTimeout(look, 1000);
})();
