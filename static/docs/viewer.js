// Shows the API's document with Swagger UI. No inline script: the page's policy allows none.
'use strict';

window.addEventListener('DOMContentLoaded', () => {
  const place = document.getElementById('viewer');
  window.SwaggerUIBundle({
    url: place.dataset.document,
    domNode: place,
    deepLinking: true,
    displayRequestDuration: true,
    tryItOutEnabled: true,
    // No checking service of somebody else's.
    validatorUrl: null,
    presets: [window.SwaggerUIBundle.presets.apis],
    layout: 'BaseLayout',
  });
});
