// Runs in the page before its own script: the door to the fake host, and what the tests read.
(() => {
  const key = 'saved-state';
  const vscode = {
    postMessage: (message) => void window.hostReceive(message),
    getState: () => JSON.parse(sessionStorage.getItem(key) ?? 'null'),
    setState: (state) => sessionStorage.setItem(key, JSON.stringify(state)),
  };
  window.acquireVsCodeApi = () => vscode;
  const seen = { violations: [], errors: [], dialogs: 0 };
  document.addEventListener('securitypolicyviolation', (event) => {
    seen.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
  });
  window.addEventListener('error', (event) => {
    // Chromium reports a resize that is dealt with in the next frame as an error.
    if (!/ResizeObserver loop/.test(event.message)) seen.errors.push(event.message);
  });
  window.addEventListener('unhandledrejection', (event) => seen.errors.push(String(event.reason)));

  const scroller = () => document.querySelector('.scroller');
  /** Rows in view, with their tops relative to the view. */
  const rows = () => {
    const view = scroller().getBoundingClientRect();
    return [...document.querySelectorAll('.row')]
      .map((row) => {
        const box = row.getBoundingClientRect();
        return {
          row: Number(row.dataset.row),
          id: Number(row.dataset.id),
          top: box.top - view.top,
          bottom: box.bottom - view.top,
          loaded: row.dataset.loaded !== undefined,
          text: row.textContent.slice(0, 80),
        };
      })
      .filter(({ top, bottom }) => bottom > 0 && top < view.height);
  };
  const frame = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  window.probe = {
    seen,
    rows,
    frame,
    /** Texts that a highlight of the browser colours, in the order of the document. */
    marked: (name = 'found') => {
      const ranges = [...(CSS.highlights.get(name) ?? [])].map((range) => {
        const live = document.createRange();
        live.setStart(range.startContainer, range.startOffset);
        live.setEnd(range.endContainer, range.endOffset);
        return live;
      });
      return ranges
        .filter((range) => range.startContainer.isConnected)
        .sort((a, b) => a.compareBoundaryPoints(Range.START_TO_START, b))
        .map((range) => {
          const box = range.getBoundingClientRect();
          const view = scroller().getBoundingClientRect();
          const row = (range.startContainer.parentElement ?? range.startContainer).closest('.row');
          return {
            text: range.toString(),
            row: Number(row.dataset.row),
            top: box.top - view.top,
            bottom: box.bottom - view.top,
            view: view.height,
          };
        });
    },
    saved: () => vscode.getState(),
    scroll: () => ({ top: scroller().scrollTop, height: scroller().scrollHeight, view: scroller().clientHeight }),
    scrollTo: (fraction) => {
      const element = scroller();
      element.dispatchEvent(new WheelEvent('wheel'));
      element.scrollTop = fraction * (element.scrollHeight - element.clientHeight);
    },
    scrollBy: (delta) => {
      const element = scroller();
      element.dispatchEvent(new WheelEvent('wheel'));
      element.scrollTop += delta;
    },
    /** Steps of `delta` px, one a frame: the time of each frame. */
    scrollFrames: async (delta, count) => {
      const times = [];
      let last = performance.now();
      for (let step = 0; step < count; step++) {
        scroller().dispatchEvent(new WheelEvent('wheel'));
        scroller().scrollTop += delta;
        await new Promise(requestAnimationFrame);
        const now = performance.now();
        times.push(now - last);
        last = now;
      }
      return times;
    },
    /** Whether any stretch of the view shows nothing. */
    holes: () => {
      let at = Math.max(0, 8 - scroller().scrollTop);
      const found = [];
      for (const { top, bottom } of rows()) {
        if (top > at + 40) found.push([at, top]);
        at = Math.max(at, bottom);
      }
      return found;
    },
  };
})();
