using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Rekey.Demo;

/// <summary>A step of the renewal as a person saw it.</summary>
/// <param name="Name">What was done.</param>
/// <param name="Screenshot">File name of its picture.</param>
/// <param name="Elapsed">Since the step before.</param>
internal sealed record SeenStep(string Name, string Screenshot, TimeSpan Elapsed);

/// <summary>
/// Renews a certificate as its holder does, in a real browser that starts the real agent through the scheme handler. Nothing is called
/// but what a page offers.
/// </summary>
internal sealed partial class HeadlessRenewal(DemoOptions options, string home, string report)
{
    private readonly List<SeenStep> steps = [];
    private readonly Stopwatch watch = Stopwatch.StartNew();

    /// <summary>The steps so far.</summary>
    public IReadOnlyList<SeenStep> Steps => steps;

    /// <summary>Renews the certificate of a holder.</summary>
    /// <param name="holder">The holder's name on the choice page.</param>
    /// <returns>PEM of the new certificate, as the page lets the holder download it.</returns>
    public async Task<string> RenewAsync(string holder)
    {
        Directory.CreateDirectory(report);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await LaunchAsync(playwright);
        var page = browser.Pages[0];
        page.SetDefaultTimeout(30_000);
        if (options.Language == "en")
        {
            await browser.AddCookiesAsync([new Cookie { Name = ".AspNetCore.Culture", Value = "c=en|uic=en", Url = options.Portal.ToString() }]);
        }

        try
        {
            return await WalkAsync(page, holder);
        }
        catch
        {
            await SeenAsync(page, "failed"); // what the holder would have seen
            throw;
        }
    }

    private async Task<string> WalkAsync(IPage page, string holder)
    {
        await page.GotoAsync(new Uri(options.Portal, "/CaUpdate/").ToString());
        await SeenAsync(page, "home");
        await page.ClickAsync("a.task--main");
        await page.WaitForURLAsync("**/CaUpdate/renew");
        await SeenAsync(page, "conditions");
        await page.ClickAsync(".btn--primary");
        await page.WaitForURLAsync("**/CaUpdate/connect");
        await SeenAsync(page, "connect");
        await page.ClickAsync("[data-launch]");
        await page.WaitForURLAsync("**/CaUpdate/choose");
        await page.Locator("label.cert", new() { HasText = holder }).Locator("input").CheckAsync();
        await SeenAsync(page, "choose");
        await page.ClickAsync(".actions .btn--primary");
        await page.WaitForURLAsync("**/CaUpdate/check");
        await page.Locator("form[action='/CaUpdate/check'] .btn--primary").WaitForAsync();
        await SeenAsync(page, "check");
        await page.ClickAsync("form[action='/CaUpdate/check'] .btn--primary");
        // With fast keys the work is over before anyone sees its page.
        await page.WaitForURLAsync(WorkOrDone());
        if (!Done().IsMatch(page.Url))
        {
            await SeenAsync(page, "work");
        }

        await page.WaitForURLAsync(Done());
        await page.WaitForLoadStateAsync();
        await SeenAsync(page, "done");
        return await DownloadAsync(page);
    }

    private async Task<IBrowserContext> LaunchAsync(IPlaywright playwright)
    {
        var profile = Path.Combine(home, "chromium");
        Directory.CreateDirectory(Path.Combine(profile, "Default"));
        // What a person answers once in the browser's own question: this site may open the agent.
        var preferences = new
        {
            protocol_handler = new
            {
                allowed_origin_protocol_pairs = new Dictionary<string, object>
                {
                    [options.Portal.GetLeftPart(UriPartial.Authority)] = new Dictionary<string, bool> { ["rekey"] = true },
                },
            },
        };
        await File.WriteAllTextAsync(Path.Combine(profile, "Default", "Preferences"), JsonSerializer.Serialize(preferences));
        var environment = SchemeHandler.Variables(home);
        foreach (var name in new[] { "PATH", "DISPLAY", "HOME", "LANG" })
        {
            if (Environment.GetEnvironmentVariable(name) is { } value)
            {
                environment[name] = value;
            }
        }

        return await playwright.Chromium.LaunchPersistentContextAsync(profile, new()
        {
            ExecutablePath = "/usr/bin/chromium",
            Headless = true,
            Env = environment,
            IgnoreHTTPSErrors = options.Https,
            ViewportSize = new() { Width = 1366, Height = 900 },
            Locale = options.Language,
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync",
            ],
        });
    }

    private async Task SeenAsync(IPage page, string name)
    {
        var elapsed = watch.Elapsed;
        var file = $"{steps.Count + 1:00}-{name}.png";
        await page.ScreenshotAsync(new() { Path = Path.Combine(report, file), FullPage = true });
        steps.Add(new(name, file, elapsed));
        watch.Restart();
    }

    private static async Task<string> DownloadAsync(IPage page)
    {
        var address = await page.Locator("a[href$='format=pem']").GetAttributeAsync("href")
            ?? throw new InvalidOperationException("the page offers no certificate");
        var answer = await page.APIRequest.GetAsync(new Uri(new Uri(page.Url), address).ToString());
        return answer.Ok ? await answer.TextAsync() : throw new InvalidOperationException($"the download answered {answer.Status}");
    }

    [GeneratedRegex("/CaUpdate/(work|done)$")]
    private static partial Regex WorkOrDone();

    [GeneratedRegex("/CaUpdate/done$")]
    private static partial Regex Done();
}
