// Wakes the page's components. Every page works without it; only "press Shift three times" needs it.
import { initAll } from "./{{govuk-frontend.js}}";

initAll();
