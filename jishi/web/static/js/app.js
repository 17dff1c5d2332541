// The one entry: small modules that listen on the document, so that swapped-in content needs no set-up.
import "./busy.js";
import "./copy.js";
import "./countdown.js";
import "./dialog.js";
import "./form.js";
import "./leave.js";
import "./plain.js";
import "./sku.js";
import "./stepper.js";
import "./toast.js";
