// A name that is read out has the words that are seen (WCAG 2.5.3): the theme says others.
for (const named of document.querySelectorAll(".search-button-field, summary[aria-label]"))
    named.removeAttribute("aria-label");
