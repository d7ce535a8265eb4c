using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Rekey.Contract.Bridge;
using Rekey.Testing.Portal;

namespace Rekey.BrowserTests.Portal;

/// <summary>A portal of its own and one visitor, with steps named by what the visitor and the agent do.</summary>
public abstract class PortalTest(Browser browser) : IAsyncLifetime
{
    private readonly List<string> consoleErrors = [];
    private IBrowserContext context = null!;
    private int expectedErrors;

    protected PortalHost Portal { get; private set; } = null!;

    protected IPage Page { get; private set; } = null!;

    /// <summary>A certificate with 32 days left, as in the drawings.</summary>
    protected byte[] Certificate { get; private set; } = null!;

    protected virtual Task<PortalHost> StartPortalAsync() => PortalHost.StartAsync();

    protected virtual BrowserNewContextOptions Visitor => new() { ViewportSize = new() { Width = 1366, Height = 900 }, Locale = "zh-CN" };

    public async ValueTask InitializeAsync()
    {
        Portal = await StartPortalAsync();
        Certificate = Portal.Pki.Issue("云泽市第一人民医院", DemoPki.Day("2022-01-01"), DemoPki.Day("2026-12-26") + TimeSpan.FromHours(23.99));
        await Portal.RegisterAsync(Certificate);
        await VisitAsAsync(Visitor);
    }

    /// <summary>Begins anew as another visitor.</summary>
    protected async Task VisitAsAsync(BrowserNewContextOptions visitor)
    {
        if (context is not null)
        {
            await context.DisposeAsync();
        }

        context = await browser.Instance.NewContextAsync(visitor);
        context.SetDefaultTimeout(15_000);
        Page = await context.NewPageAsync();
        Page.Console += (_, message) =>
        {
            // A launch address goes nowhere in this browser, and says so.
            if (message.Type == "error" && !message.Text.Contains("rekey://", StringComparison.Ordinal))
            {
                consoleErrors.Add(message.Text);
            }
        };
        Page.PageError += (_, error) => consoleErrors.Add(error);
    }

    public async ValueTask DisposeAsync()
    {
        if (TestContext.Current.TestState?.Result == TestResult.Failed)
        {
            var stem = Path.Combine(AppContext.BaseDirectory, "TestResults", $"failed-{TestContext.Current.TestMethod?.MethodName}");
            await Page.ScreenshotAsync(new() { Path = stem + ".png", FullPage = true });
        }

        await context.DisposeAsync();
        await Portal.DisposeAsync();
        Assert.True(expectedErrors < 0 || consoleErrors.Count == expectedErrors, string.Join('\n', consoleErrors));
        GC.SuppressFinalize(this);
    }

    protected Task GoAsync(string path) => Page.GotoAsync(Portal.Address + path);

    protected ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name });

    protected ILocator Link(string name) => Page.GetByRole(AriaRole.Link, new() { Name = name });

    protected ILocator Heading => Page.Locator("h1");

    /// <summary>A failed page load is an error in the console.</summary>
    protected void ExpectConsoleErrors(int count) => expectedErrors = count;

    /// <summary>A browser without network complains as often as it likes.</summary>
    protected void ExpectAnyConsoleErrors() => expectedErrors = -1;

    /// <summary>Closes the browser and opens it again: what is kept is what the disk keeps.</summary>
    protected async Task ReopenAsync()
    {
        var cookies = await context.CookiesAsync();
        await VisitAsAsync(Visitor);
        await context.AddCookiesAsync(cookies.Where(c => c.Expires > 0).Select(c => new Cookie
        {
            Name = c.Name,
            Value = c.Value,
            Domain = c.Domain,
            Path = c.Path,
            Expires = c.Expires,
            HttpOnly = c.HttpOnly,
            Secure = c.Secure,
            SameSite = c.SameSite,
        }));
    }

    /// <summary>The heading is the first sentence of what happened.</summary>
    protected Task SeeAsync(Contract.Problems.Problem problem) => SeeAsync(problem.Title(System.Globalization.CultureInfo.GetCultureInfo("zh-CN")).Split('。')[0]);

    protected async Task SeeAsync(string heading) => await Assertions.Expect(Heading).ToContainTextAsync(heading);

    /// <summary>Waits until the page of a step is there. Its load event is not waited for: when it passed before, it never comes.</summary>
    protected Task AtAsync(string step) => Assertions.Expect(Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex($"/{step}$"));

    /// <summary>From the first page to the page with the check code.</summary>
    protected async Task<string> ReachConnectAsync()
    {
        await GoAsync("/CaUpdate/renew");
        await Page.Locator("form.actions button").ClickAsync();
        await AtAsync("connect");
        return (await Page.Locator("[data-launch]").GetAttributeAsync("href"))!;
    }

    /// <summary>Up to the list of certificates.</summary>
    protected async Task<FakeAgent> ReachChooseAsync(params byte[][] certificates)
    {
        var agent = await FakeAgent.AttachAsync(await ReachConnectAsync());
        await agent.ReportAsync(new ConsentAskedEvent());
        await agent.ListAsync(certificates.Length == 0 ? [Certificate] : certificates);
        await AtAsync("choose");
        return agent;
    }

    /// <summary>Up to the page on which "Renew" can be pressed.</summary>
    protected async Task<FakeAgent> ReachCheckAsync()
    {
        var agent = await ReachChooseAsync();
        await Page.Locator("button[form=choose]").ClickAsync();
        await AtAsync("check");
        await agent.PassPreflightAsync();
        await Assertions.Expect(Page.Locator("form[action='/CaUpdate/check'] button")).ToBeVisibleAsync();
        return agent;
    }

    /// <summary>Up to the running renewal, the key not yet generated.</summary>
    protected async Task<(FakeAgent Agent, byte[] RenewalId)> ReachWorkAsync()
    {
        var agent = await ReachCheckAsync();
        await Page.Locator("form[action='/CaUpdate/check'] button").ClickAsync();
        var command = await agent.CommandAsync<RenewCommand>();
        await agent.ReportAsync(new PinAskedEvent());
        await agent.StepAsync(AgentStep.KeyGenerating);
        await AtAsync("work");
        return (agent, Convert.FromHexString(command.RenewalId));
    }

    /// <summary>What the CA does for a renewal until the certificate is issued.</summary>
    protected async Task<byte[]> IssueAsync(byte[] renewalId)
    {
        await Portal.Outcome.ReceivedAsync(renewalId, TestContext.Current.CancellationToken);
        var renewed = Portal.Pki.Issue("云泽市第一人民医院", DemoPki.Day("2026-11-24"), DemoPki.Day("2031-12-26") + TimeSpan.FromHours(23.99));
        await Portal.Outcome.IssuedAsync(renewalId, [renewed], TestContext.Current.CancellationToken);
        return renewed;
    }

    /// <summary>The rest of a renewal, from the key on.</summary>
    protected async Task FinishAsync(FakeAgent agent, byte[] renewalId)
    {
        await agent.StepAsync(AgentStep.KeyReady);
        await IssueAsync(renewalId);
        await agent.StepAsync(AgentStep.Writing);
        await FinishWritingAsync(agent, renewalId);
    }

    /// <summary>The rest of a renewal, from the written certificate on.</summary>
    protected async Task FinishWritingAsync(FakeAgent agent, byte[] renewalId)
    {
        await agent.StepAsync(AgentStep.Written);
        await agent.StepAsync(AgentStep.Verified);
        await Portal.Outcome.ConfirmedAsync(renewalId, TestContext.Current.CancellationToken);
        await agent.StepAsync(AgentStep.Retired);
    }

    /// <summary>
    /// Looks at the page as people meet it: wide, at the reference screen, on a phone, dark and in English. Each is checked, and kept
    /// as a picture where <c>REKEY_PICTURES</c> says.
    /// </summary>
    protected async Task LookAsync(string name)
    {
        await PictureAsync(name);
        await ExpectAccessibleAsync(name);

        await Page.SetViewportSizeAsync(1093, 614);
        await PictureAsync(name + ".1093", fullPage: false);
        var button = Page.Locator(".sheet > .actions .btn--primary, .sheet > form.actions .btn--primary").First;
        if (await button.CountAsync() > 0)
        {
            Assert.True(await button.EvaluateAsync<bool>("b => b.getBoundingClientRect().bottom <= innerHeight"), $"{name}: the main button is out of sight on the reference screen");
        }

        await Page.SetViewportSizeAsync(390, 844);
        await ExpectNoSidewaysScrollAsync(name + " on a phone");
        await PictureAsync(name + ".phone");
        await Page.SetViewportSizeAsync(1366, 900);

        await Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await ExpectAccessibleAsync(name + " in the dark", "color-contrast");
        await PictureAsync(name + ".dark");
        await Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });

        // A page at 200 % has half the room.
        await Page.SetViewportSizeAsync(683, 450);
        await ExpectNoSidewaysScrollAsync(name + " at 200 %");
        await Page.SetViewportSizeAsync(1366, 900);

        var link = Page.Locator("a[hreflang]");
        await link.ClickAsync();
        await Assertions.Expect(Page.Locator("html")).ToHaveAttributeAsync("lang", "en");
        await ExpectNoChineseAsync(name);
        await PictureAsync(name + ".en");
        await Page.SetViewportSizeAsync(390, 844);
        await ExpectNoSidewaysScrollAsync(name + " on a phone in English");
        await PictureAsync(name + ".en.phone");
        await Page.SetViewportSizeAsync(1366, 900);
        await Page.Locator("a[hreflang]").ClickAsync();
        await Assertions.Expect(Page.Locator("html")).ToHaveAttributeAsync("lang", "zh-CN");
    }

    /// <summary>Keeps a picture where <c>REKEY_PICTURES</c> says, if it says so.</summary>
    protected Task PictureAsync(string name, bool fullPage = true) => PictureAsync(Page, name, fullPage);

    /// <summary>The same of another page of the visitor.</summary>
    protected static async Task PictureAsync(IPage page, string name, bool fullPage = true)
    {
        if (Environment.GetEnvironmentVariable("REKEY_PICTURES") is not { Length: > 0 } folder)
        {
            return;
        }

        Directory.CreateDirectory(folder);
        await page.ScreenshotAsync(new() { Path = Path.Combine(folder, name + ".png"), FullPage = fullPage });
    }

    /// <summary>What axe finds, by all its rules or by those named.</summary>
    protected Task ExpectAccessibleAsync(string name, params string[] rules) => ExpectAccessibleAsync(Page, name, rules);

    /// <summary>The same of another page of the visitor.</summary>
    protected static async Task ExpectAccessibleAsync(IPage page, string name, params string[] rules)
    {
        // Colours on their way from one scheme to the other are neither's.
        await page.EvaluateAsync("Promise.all(document.getAnimations().filter(a => a instanceof CSSTransition).map(a => a.finished.catch(() => {})))");
        // There are no frames; without them axe's older way finds the same, needs no second page and a quarter of the time.
#pragma warning disable CS0618
        var found = await page.Locator("html").RunAxeLegacy(rules.Length == 0 ? null : new AxeRunOptions { RunOnly = new RunOnlyOptions { Type = "rule", Values = [.. rules] } });
#pragma warning restore CS0618
        Assert.True(found.Violations.Length == 0, name + '\n' + string.Join('\n', found.Violations.Select(v => $"{v.Id}: {string.Join(" | ", v.Nodes.Select(n => n.Html))}")));
    }

    private async Task ExpectNoSidewaysScrollAsync(string name) =>
        Assert.True(await Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), $"{name}: the page scrolls sideways");

    // Names of people and institutions are data and marked as Chinese; the seal is a mark.
    private async Task ExpectNoChineseAsync(string name)
    {
        var found = await Page.EvaluateAsync<string[]>("""
            () => { const out = []; const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
              while (walk.nextNode()) { const n = walk.currentNode; if (/\p{Script=Han}/u.test(n.data) && !n.parentElement.closest('[lang=zh-CN], .seal, .mono, script')) out.push(n.data.trim()); }
              document.querySelectorAll('[aria-label]').forEach(e => { if (/\p{Script=Han}/u.test(e.getAttribute('aria-label'))) out.push(e.getAttribute('aria-label')); });
              return out; }
            """);
        Assert.True(found.Length == 0, $"{name} has Chinese in English: {string.Join(" | ", found)}");
    }
}
