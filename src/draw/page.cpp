// SPDX-License-Identifier: Apache-2.0
#include "draw/page.hpp"

#include <cmath>

#include "base/text.hpp"
#include "draw/axis.hpp"
#include "draw/picture.hpp"

namespace busbar::draw {
namespace {

constexpr const char* style = R"(
:root{color-scheme:light dark;--paper:#fff;--ink:#1b1f24;--faint:#5a6470;--grid:#e3e7eb;--axis:#8a949e;--a:#1a5fb4;--b:#b5500b;--card:#f5f7f9}
@media (prefers-color-scheme:dark){:root{--paper:#15181c;--ink:#e6e9ec;--faint:#a3adb8;--grid:#2b3138;--axis:#6d7782;--a:#78aeff;--b:#f2a25c;--card:#1d2126}}
@media print{:root{--paper:#fff;--ink:#000;--faint:#444;--grid:#ddd;--axis:#888;--a:#1a5fb4;--b:#b5500b;--card:#fff}figure,section,table{break-inside:avoid}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:920px;margin:0 auto;padding:28px 20px 60px}
h1{font-size:1.55rem;line-height:1.25;margin:0 0 6px}h2{font-size:1.1rem;margin:38px 0 4px}
p{margin:0 0 10px}.lead{font-size:1.08rem;margin:14px 0 18px}.faint,figcaption{color:var(--faint);font-size:.9rem}
figure{margin:8px 0 0}figcaption{margin-top:2px}
svg{display:block;width:100%;height:auto}svg.narrow{display:none}
@media (max-width:560px){svg.wide{display:none}svg.narrow{display:block}main{padding:20px 14px 40px}table{font-size:.82rem}th,td{padding-right:7px}td:last-child{white-space:normal}}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:5px 10px 5px 0;text-align:right;border-bottom:1px solid var(--grid);white-space:nowrap}
th:first-child,td:first-child{text-align:left;white-space:normal}thead th{color:var(--faint);font-weight:600;font-size:.85rem}
tbody th{font-weight:400}.better{font-weight:600}
.key{display:inline-block;width:22px;height:0;border-top:3px solid var(--a);vertical-align:middle;margin-right:6px}.key.b{border-top:3px dashed var(--b)}
.legend span{margin-right:18px}
.t{fill:var(--faint);font-size:12.5px}.grid{stroke:var(--grid)}.axis{stroke:var(--axis)}.most{stroke:var(--ink);stroke-dasharray:2 4}
.line{fill:none;stroke-width:2;stroke-linejoin:round}.a.line{stroke:var(--a)}.b.line{stroke:var(--b);stroke-dasharray:6 3}
.other.line{stroke:var(--axis);stroke-width:1.5}.p0{opacity:.25}.p1{opacity:.4}.p2{opacity:.55}.p3{opacity:.75}
.a.area{fill:var(--a);opacity:.13}.a.bar,.a.dot{fill:var(--a)}.other.dot{fill:var(--axis);opacity:.6}.b.bar,.b.dot{fill:var(--b)}
details{margin-top:10px}summary{cursor:pointer;color:var(--faint)}
)";

}  // namespace

std::string spoken(double seconds) {
  return text::show(Duration(std::chrono::seconds(std::llround(seconds))));
}
std::string percent(double share) {
  const double value = share * 100;
  return (value >= 99.95 || value < 10 ? short_number(std::round(value * 10) / 10) : short_number(value)) +
         " %";
}
std::string counted(std::int64_t number, const char* one, const char* many) {
  return short_number(double(number)) + " " + (number == 1 ? one : many);
}
std::string day(Instant at) { return text::rfc3339(at).substr(0, 10); }
std::string tag(const char* name, const std::string& text) {
  return std::string("<") + name + ">" + escaped(text) + "</" + name + ">";
}

std::string section(const std::string& title, const std::string& plot, const std::string& caption) {
  return "<section>" + tag("h2", title) + "<figure>" + plot + "<figcaption>" + escaped(caption) +
         "</figcaption></figure></section>";
}

std::string page(const std::string& title, const std::string& body) {
  return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
         "content=\"width=device-width,initial-scale=1\">" +
         tag("title", title) + "<style>" + style + "</style></head>\n<body><main>\n" + tag("h1", title) +
         body + "</main></body></html>\n";
}

}  // namespace busbar::draw
