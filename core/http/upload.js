(() => {
  const words = $words;
  const at = (id) => document.getElementById(id);
  const say = (text) => { at("state").textContent = text; };
  at("send").addEventListener("submit", (event) => {
    event.preventDefault();
    const file = at("file").files[0];
    const button = at("send").querySelector("button");
    const query = new URLSearchParams({ programme: at("programme").value, status: at("status").value });
    const request = new XMLHttpRequest();
    button.disabled = true;
    at("bar").hidden = false;
    request.upload.onprogress = (step) => {
      const percent = Math.floor((100 * step.loaded) / step.total);
      at("bar").value = percent;
      say(percent < 100 ? words.sending.replace("%", percent) : words.reading);
    };
    request.onerror = () => { button.disabled = false; say(words.broken); };
    request.onload = () => {
      let answer = {};
      try { answer = JSON.parse(request.responseText); } catch (_) { answer = { error: request.responseText }; }
      const address = "/import_data?run=" + encodeURIComponent(answer.run);
      if (answer.run && !answer.said) { location.assign(address); return; }
      at("bar").hidden = true;
      if (answer.run) {
        say(answer.said);
        at("next").querySelector("a").href = address;
        at("next").hidden = false;
        return;
      }
      button.disabled = false;
      say(answer.error || words.broken);
    };
    request.open("POST", "/upload?" + query);
    request.setRequestHeader("X-Csrf", $csrf);
    request.setRequestHeader("X-File-Name", encodeURIComponent(file.name));
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.send(file);
  });
})();
