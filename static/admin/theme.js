// Sets the theme before the first paint. Loaded in the head, without defer.
(function () {
  'use strict';
  var stored = function (name) {
    var match = document.cookie.match('(?:^|; )' + name + '=(\\w+)');
    if (match) return match[1];
    try { return localStorage.getItem(name); } catch (e) { return null; }
  };
  var root = document.documentElement;
  var theme = stored('theme');
  if (theme === 'light' || theme === 'dark' || theme === 'auto') root.dataset.theme = theme;
  ['side', 'filters'].forEach(function (part) { if (stored(part) === 'closed') root.dataset[part] = 'closed'; });
})();
