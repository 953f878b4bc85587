#include "admin/status.h"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "admin/process.h"
#include "admin/status_page.h"

TEST_CASE("the status is JSON, whatever octets a peer has put into a fault") {
  admin::Figures figures;
  figures.name = "relay.example.org";
  figures.ready = true;
  figures.sum.frames_in = 12;
  figures.cores.push_back({.answers = false, .links = 3});
  figures.faults.push_back({std::chrono::system_clock::now(), control::LogLevel::error, "x \xFF\xFE <script>"});
  const auto status = nlohmann::json::parse(admin::status_json(figures));
  CHECK(status["name"] == "relay.example.org");
  CHECK(status["counters"]["frames_in"]["value"] == 12);
  CHECK(status["cores"][0]["answers"] == false);
  CHECK(status["faults"][0]["level"] == "error");
  CHECK(nlohmann::json::parse(admin::info_json(figures))["program"] == "msrp-relay");
}

TEST_CASE("the page needs nothing from elsewhere, and puts no text in as markup") {
  const std::string page(admin::status_page());
  CHECK(page.starts_with("<!doctype html>"));
  CHECK(page.find("http://") == std::string::npos);
  CHECK(page.find("https://") == std::string::npos);
  CHECK(page.find("src=") == std::string::npos);
  // innerHTML only for the one constant.
  CHECK(page.find("innerHTML") == page.rfind("innerHTML"));
}

TEST_CASE("the kernel tells of this process") {
  const admin::Figures::Process process = admin::read_process();
  CHECK(process.resident_octets > 0);
  CHECK(process.virtual_octets >= process.resident_octets);
  CHECK(process.open_files >= 3);
  CHECK(process.open_files_max >= process.open_files);
  CHECK(process.started <= std::chrono::system_clock::now() + std::chrono::seconds(1));
  CHECK(process.started > std::chrono::system_clock::now() - std::chrono::hours(24));
}
