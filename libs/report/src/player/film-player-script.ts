/**
 * The player of the films, as it runs in the reader's browser: plain JavaScript without imports, so that the report
 * stays one file. All films have one clock, which counts steps of their episodes. The player finds what is common by
 * `data-film="play"`, what is film 0's by `data-film="0-screen"`, and its numbers in the element `film-data`.
 */
export const filmPlayerScript = `
(() => {
  const find = (name) => document.querySelector('[data-film="' + name + '"]');
  const { films, stepsPerSecond, cursor } = JSON.parse(document.getElementById("film-data").textContent);
  const contexts = films.map((_, k) => find(k + "-screen").getContext("2d"));
  const sheets = films.map(() => new Image());
  const lastStep = (film) => film.steps[film.steps.length - 1];
  // What ends last has the clock.
  const clock = films.reduce((longest, film) => (lastStep(film) > lastStep(longest) ? film : longest)).steps;
  const last = clock.length - 1;
  let at = 0;
  let playing = false;
  let run = 0;
  let speed = 1;
  let startedAt = 0;
  let startedAtStep = 0;

  const minus = (text) => text.replace("-", "\\u2212");

  function show(index) {
    at = Math.min(Math.max(index, 0), last);
    find("scrub").value = String(at);
    films.forEach((film, k) => showFilm(film, k, clock[at]));
  }

  function showFilm(film, k, step) {
    let frame = 0;
    while (frame < film.steps.length - 1 && film.steps[frame + 1] <= step) frame++;
    const column = frame % film.columns;
    const row = Math.floor(frame / film.columns);
    contexts[k].drawImage(sheets[k], column * film.width, row * film.height, film.width, film.height, 0, 0, film.width, film.height);
    const isOver = frame === film.steps.length - 1 && step > film.steps[frame];
    find(k + "-step").textContent = film.steps[frame] + (isOver ? ", ended" : "");
    find(k + "-reward").textContent = minus(film.rewards[frame].toFixed(1));
    film.actions[frame].forEach((value, i) => {
      const bar = find(k + "-action-" + i);
      bar.style.left = (value < 0 ? 50 + 50 * value : 50) + "%";
      bar.style.width = 50 * Math.abs(value) + "%";
      find(k + "-value-" + i).textContent = minus(value.toFixed(2));
    });
    const line = find(k + "-cursor");
    if (line) {
      const x = String(cursor.from + (cursor.to - cursor.from) * (film.steps[frame] - clock[0]) / Math.max(clock[last] - clock[0], 1));
      line.setAttribute("x1", x);
      line.setAttribute("x2", x);
    }
  }

  // A run that was paused may still have one animation frame to come; its number tells it apart.
  function tick(now, ofRun) {
    if (!playing || ofRun !== run) return;
    const step = startedAtStep + ((now - startedAt) / 1000) * stepsPerSecond * speed;
    let index = at;
    while (index < last && clock[index + 1] <= step) index++;
    if (index !== at) show(index);
    if (index === last) return pause();
    requestAnimationFrame((next) => tick(next, ofRun));
  }

  function play() {
    if (at === last) show(0);
    playing = true;
    find("play").textContent = "Pause";
    startedAtStep = clock[at];
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
  find("back").addEventListener("click", () => jump(at - 1));
  find("on").addEventListener("click", () => jump(at + 1));
  find("speed").addEventListener("change", (event) => {
    speed = Number(event.target.value);
    if (playing) {
      pause();
      play();
    }
  });
  let loaded = 0;
  sheets.forEach((sheet, k) => {
    sheet.addEventListener("load", () => {
      if (++loaded === films.length) show(0);
    });
    sheet.src = find(k + "-sheet").src;
  });
})();
`;
