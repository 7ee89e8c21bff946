// The page's few behaviours. Everything works without them but copying, the menu's folding and a report's progress.
(() => {
  "use strict";
  const menu = document.querySelector(".menu-button");
  if (menu) {
    menu.addEventListener("click", () => {
      const isOpen = document.getElementById(menu.getAttribute("aria-controls")).classList.toggle("is-open");
      menu.setAttribute("aria-expanded", String(isOpen));
    });
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const said = button.textContent;
    try {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Select and copy by hand";
    }
    setTimeout(() => { button.textContent = said; }, 2000);
  });

  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-autosubmit]");
    if (form) form.requestSubmit();
  });

  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-shows]")) return;
    for (const block of document.querySelectorAll(`[data-shown-by="${event.target.id}"]`)) {
      block.hidden = !block.dataset.shownFor.split(" ").includes(event.target.value);
      for (const input of block.querySelectorAll("input")) input.disabled = block.hidden;
    }
  });

  // Cross-site request forgery: htmx sends the page's token in the header that the server compares with the session's.
  document.addEventListener("htmx:configRequest", (event) => {
    const token = document.querySelector('meta[name="csrf-token"]');
    if (token) event.detail.headers["X-CSRF-Token"] = token.content;
  });

  // A live test that nobody looks at asks nothing.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (document.hidden && event.target.id === "arrivals") event.preventDefault();
  });

  const links = [...document.querySelectorAll(".subnav a")];
  if (links.length && "IntersectionObserver" in window) {
    const mark = (id) => links.forEach((link) => link.toggleAttribute("aria-current", link.hash === `#${id}`));
    const observer = new IntersectionObserver((entries) => {
      for (const entry of entries) if (entry.isIntersecting) mark(entry.target.id);
    }, { rootMargin: "-15% 0px -70% 0px" });
    for (const link of links) {
      const section = document.querySelector(link.hash);
      if (section) observer.observe(section);
    }
  }
})();
