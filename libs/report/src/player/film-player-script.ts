/**
 * The player of the film, as it runs in the reader's browser: plain JavaScript without imports, so that the report
 * stays one file. It finds its elements by `data-film` and its numbers in the element `film-data`.
 */
export const filmPlayerScript = `
(() => {
  const find = (name) => document.querySelector('[data-film="' + name + '"]');
  const film = JSON.parse(document.getElementById("film-data").textContent);
  const canvas = find("screen");
  const context = canvas.getContext("2d");
  const sheet = new Image();
  const last = film.steps.length - 1;
  let frame = 0;
  let playing = false;
  let run = 0;
  let speed = 1;
  let startedAt = 0;
  let startedAtStep = 0;

  const minus = (text) => text.replace("-", "\\u2212");

  function show(index) {
    frame = Math.min(Math.max(index, 0), last);
    const column = frame % film.columns;
    const row = Math.floor(frame / film.columns);
    context.drawImage(sheet, column * film.width, row * film.height, film.width, film.height, 0, 0, film.width, film.height);
    find("scrub").value = String(frame);
    find("step").textContent = String(film.steps[frame]);
    find("reward").textContent = minus(film.rewards[frame].toFixed(1));
    film.actions[frame].forEach((value, i) => {
      const bar = find("action-" + i);
      bar.style.left = (value < 0 ? 50 + 50 * value : 50) + "%";
      bar.style.width = 50 * Math.abs(value) + "%";
      find("value-" + i).textContent = minus(value.toFixed(2));
    });
    const cursor = find("cursor");
    if (cursor) {
      const x = String(film.cursor.from + (film.cursor.to - film.cursor.from) * (film.steps[frame] - film.steps[0]) / Math.max(film.steps[last] - film.steps[0], 1));
      cursor.setAttribute("x1", x);
      cursor.setAttribute("x2", x);
    }
  }

  // A run that was paused may still have one animation frame to come; its number tells it apart.
  function tick(now, ofRun) {
    if (!playing || ofRun !== run) return;
    const step = startedAtStep + ((now - startedAt) / 1000) * film.stepsPerSecond * speed;
    let index = frame;
    while (index < last && film.steps[index + 1] <= step) index++;
    if (index !== frame) show(index);
    if (index === last) return pause();
    requestAnimationFrame((next) => tick(next, ofRun));
  }

  function play() {
    if (frame === last) show(0);
    playing = true;
    find("play").textContent = "Pause";
    startedAtStep = film.steps[frame];
    const ofRun = ++run;
    requestAnimationFrame((now) => {
      if (ofRun === run) startedAt = now;
      tick(now, ofRun);
    });
  }

  function pause() {
    playing = false;
    find("play").textContent = "Play";
  }

  function jump(index) {
    pause();
    show(index);
  }

  find("play").addEventListener("click", () => (playing ? pause() : play()));
  find("scrub").addEventListener("input", (event) => jump(Number(event.target.value)));
  find("back").addEventListener("click", () => jump(frame - 1));
  find("on").addEventListener("click", () => jump(frame + 1));
  find("speed").addEventListener("change", (event) => {
    speed = Number(event.target.value);
    if (playing) {
      pause();
      play();
    }
  });
  sheet.addEventListener("load", () => show(0));
  sheet.src = find("sheet").src;
})();
`;
