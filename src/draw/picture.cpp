// SPDX-License-Identifier: Apache-2.0
#include "draw/picture.hpp"

#include <cmath>

namespace busbar::draw {
namespace {

/// To a tenth of a pixel: "12", "12.5".
std::string number(double value) {
  const long long tenths = std::llround(value * 10);
  std::string text = (tenths < 0 ? "-" : "") + std::to_string(std::llabs(tenths) / 10);
  if (tenths % 10 != 0) text += "." + std::to_string(std::llabs(tenths) % 10);
  return text;
}
std::string attribute(const char* name, double value) {
  return std::string(" ") + name + "=\"" + number(value) + "\"";
}
std::string kind_of(std::string_view kind) { return " class=\"" + std::string(kind) + "\""; }

std::string path_through(const std::vector<Point>& points) {
  std::string path;
  for (const Point& point : points)
    path += (path.empty() ? "M" : "L") + number(point.x) + " " + number(point.y);
  return path;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        safe += static_cast<unsigned char>(c) < 32 || c == 127 ? '?' : c;
    }
  }
  return safe;
}

void Picture::line(Point from, Point to, std::string_view kind) {
  shapes_ += "<line" + attribute("x1", from.x) + attribute("y1", from.y) + attribute("x2", to.x) +
             attribute("y2", to.y) + kind_of(kind) + "/>";
}

void Picture::rectangle(Point corner, double width, double height, std::string_view kind) {
  shapes_ += "<rect" + attribute("x", corner.x) + attribute("y", corner.y) + attribute("width", width) +
             attribute("height", height) + kind_of(kind) + "/>";
}

void Picture::dot(Point at, double radius, std::string_view kind) {
  shapes_ += "<circle" + attribute("cx", at.x) + attribute("cy", at.y) + attribute("r", radius) +
             kind_of(kind) + "/>";
}

void Picture::curve(const std::vector<Point>& points, std::string_view kind) {
  if (points.size() < 2) return;
  shapes_ += "<path d=\"" + path_through(points) + "\"" + kind_of(kind) + "/>";
}

void Picture::area(const std::vector<Point>& points, double floor, std::string_view kind) {
  if (points.size() < 2) return;
  shapes_ += "<path d=\"" + path_through(points) + "L" + number(points.back().x) + " " + number(floor) + "L" +
             number(points.front().x) + " " + number(floor) + "Z\"" + kind_of(kind) + "/>";
}

void Picture::words(Point at, Side side, std::string_view text, std::string_view kind) {
  const char* anchor = side == Side::begins ? "start" : side == Side::centred ? "middle" : "end";
  shapes_ += "<text" + attribute("x", at.x) + attribute("y", at.y) + " text-anchor=\"" + anchor + "\"" +
             kind_of(kind) + ">" + escaped(text) + "</text>";
}

std::string Picture::svg(std::string_view says, std::string_view kind) const {
  return "<svg" + kind_of(kind) + " viewBox=\"0 0 " + number(width_) + " " + number(height_) +
         "\" role=\"img\" aria-label=\"" + escaped(says) + "\">" + shapes_ + "</svg>";
}

}  // namespace busbar::draw
