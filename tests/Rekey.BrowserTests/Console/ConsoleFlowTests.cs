using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Rekey.BrowserTests.Portal;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;
using Rekey.Ra.Operators;
using Rekey.Ra.Subscribers;
using Rekey.Testing.Portal;
using Rekey.Testing.Tokens;

namespace Rekey.BrowserTests.Console;

/// <summary>The console in Chromium; logins by the real agent with a key in SoftHSM2.</summary>
public sealed class ConsoleFlowTests(Browser browser) : PortalTest(browser)
{
    private const string Name = "李晓燕";

    private static readonly TimeSpan OpenLimit = TimeSpan.FromSeconds(30);
    private static readonly string[] TrustAnchors = ["ca.pem"];

    // The key's certificate begins today.
    private static readonly string Tomorrow = TimeProvider.System.GetUtcNow().AddDays(1).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private readonly TokenCertificates certificates = new();
    private readonly string directory = Directory.CreateTempSubdirectory("rekey-console-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected override Task<PortalHost> StartPortalAsync() => PortalHost.StartAsync(
        o => o with
        {
            Sessions = o.Sessions with
            {
                Installers = [new() { System = new() { Zh = "Debian、统信 UOS", En = "Debian, UOS" }, UserAgentWords = ["Linux"], Url = new("/agent/rekey-agent_0.1.0_amd64.deb", UriKind.Relative), Sha256 = new string('b', 64), Bytes = 6_800_000 }],
            },
        },
        at: Tomorrow, operators: certificates.Pki);

    [Fact]
    public async Task An_operator_logs_in_with_her_key_sees_the_overview_and_logs_out()
    {
        using var softHsm = new SoftHsm();
        var person = await EnrolAsync(softHsm);
        await Portal.Services.GetRequiredService<AppointOperator>().AppointAsync(
            person.Subscriber.StableId, new(OperatorRole.Operator, OperatorDuties.Entry | OperatorDuties.Review, OperatorScope.All), null, "test", Cancel);
        using var pinentry = new ScriptedPinentry(["yes"], [SoftHsm.Pin]);
        using var agent = Agent(softHsm, pinentry);

        await GoAsync("/console/");
        await LookAsync("console-login");
        var back = await LogInAsync(agent);

        ExpectAnyConsoleErrors(); // where the return page is faster than the poll of the first tab, that finds its login gone
        await Assertions.Expect(back).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/console/$"));
        await Assertions.Expect(back.Locator("h1")).ToContainTextAsync("总览");
        await Assertions.Expect(back.Locator(".nav .me")).ToContainTextAsync(Name);
        await SeeAsync("总览"); // the tab in which the login began goes on, too
        Assert.Contains(Portal.Address, pinentry.Log, StringComparison.Ordinal); // where to, in the window that asks
        await Page.Locator(".nav .me button").ClickAsync();
        await AtAsync("console/login");
        await back.ReloadAsync();
        await Assertions.Expect(back).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/console/login"));
    }

    [Fact]
    public async Task A_holder_who_is_no_operator_is_refused_with_a_number()
    {
        using var softHsm = new SoftHsm();
        await EnrolAsync(softHsm);
        using var pinentry = new ScriptedPinentry(["yes"], [SoftHsm.Pin]);
        using var agent = Agent(softHsm, pinentry);

        await GoAsync("/console/");
        var back = await LogInAsync(agent);

        ExpectAnyConsoleErrors(); // as above
        await Assertions.Expect(back.Locator("h1#title")).ToContainTextAsync("不是管理台的操作员");
        await Assertions.Expect(back.Locator("#code")).ToHaveTextAsync("RK-6030");
        await PictureAsync(back, "console-refused");
        await ExpectAccessibleAsync(back, "console-refused");
        await back.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await PictureAsync(back, "console-refused.dark");
        await ExpectAccessibleAsync(back, "console-refused in the dark", "color-contrast");
        await back.Locator("#back a").ClickAsync();
        await Assertions.Expect(back).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/console/login"));
    }

    [Fact]
    public async Task The_way_to_the_agent_shows_check_code_help_and_what_became_of_it()
    {
        await GoAsync("/console/");
        await Button("登录").ClickAsync();
        await Assertions.Expect(Page.Locator("[data-code]")).ToHaveTextAsync(new System.Text.RegularExpressions.Regex("^[0-9]{3} [0-9]{3}$"));
        await Link("打开续证助手").ClickAsync();
        await Assertions.Expect(Page.Locator("[data-no-agent]")).ToBeVisibleAsync();
        await PictureAsync("console-launch");
        await ExpectAccessibleAsync("console-launch");
        // A browser that is not this login's knows nothing of it.
        await Page.Context.ClearCookiesAsync();
        await Assertions.Expect(Page.Locator("[data-state=failed]")).ToContainTextAsync("RK-2001", new() { Timeout = 40_000 });
        ExpectAnyConsoleErrors();
    }

    [Fact]
    public async Task Every_page_looks_right_wide_narrow_dark_and_in_English()
    {
        await FillAsync();
        foreach (var (role, duties, pages) in new (OperatorRole, OperatorDuties, (string Path, string Name)[])[]
        {
            (OperatorRole.Operator, OperatorDuties.Entry | OperatorDuties.Review, [("/console/", "console-overview"), ("/console/requests", "console-requests"), ("/console/operators", "console-no-permission")]),
            (OperatorRole.BusinessAdministrator, OperatorDuties.None, [("/console/operators", "console-operators"), ("/console/operators/new", "console-operator-new"), ("/console/operators/" + await FirstOperatorAsync(), "console-operator")]),
        })
        {
            var person = await Portal.AppointAsync(role == OperatorRole.Operator ? Name : "孙业芳", role, duties);
            var secret = await Portal.Services.GetRequiredService<ConsoleSessions>().BeginAsync(person.Sha256, Cancel);
            await Page.Context.AddCookiesAsync([new() { Name = ConsoleVisitor.Cookie, Value = secret, Url = Portal.Address }]);
            foreach (var (path, name) in pages)
            {
                await GoAsync(path);
                await LookAsync(name);
            }
        }

        ExpectAnyConsoleErrors(); // the refused page is one
    }

    [Fact]
    public async Task An_appointment_is_made_and_confirmed_on_the_pages()
    {
        var super = await Portal.AppointAsync("赵超然", OperatorRole.SuperAdministrator);
        var audit = await Portal.AppointAsync("钱审言", OperatorRole.AuditAdministrator);
        var person = await Portal.PersonAsync("孙业芳");
        var id = person.Subscriber.StableId;
        await ActAsAsync(super);
        await GoAsync("/console/operators");
        await Page.Locator(".bench-head .btn--primary").ClickAsync();
        await Page.GetByLabel("人员编号").FillAsync(id);
        await Page.GetByLabel("范围").FillAsync("37 abc");
        await Button("任命").ClickAsync();
        await Assertions.Expect(Page.Locator("[role=alert]")).ToContainTextAsync("RK-3411");
        await Page.GetByLabel("范围").FillAsync("37");
        await Button("任命").ClickAsync();
        await Assertions.Expect(Page.Locator(".bench-head .tag")).ToHaveTextAsync("待确认");
        await ActAsAsync(audit);
        await GoAsync("/console/");
        await Page.Locator(".queue a").ClickAsync();
        await Link("孙业芳").ClickAsync();
        await Button("确认").ClickAsync();
        await Assertions.Expect(Page.Locator(".bench-head .tag")).ToHaveTextAsync("在岗");
        Assert.Equal(["operator.appointed", "operator.confirmed"], (await Portal.AuditAsync($"operator:{id}")).Select(e => e.Kind));
        ExpectAnyConsoleErrors(); // the refused form is one
    }

    private async Task ActAsAsync(RegisteredCertificate person)
    {
        var secret = await Portal.Services.GetRequiredService<ConsoleSessions>().BeginAsync(person.Sha256, Cancel);
        await Page.Context.AddCookiesAsync([new() { Name = ConsoleVisitor.Cookie, Value = secret, Url = Portal.Address }]);
    }

    /// <summary>What the real agent does from the launch address on, and the page that it has this browser open.</summary>
    private async Task<IPage> LogInAsync(AgentProcess agent)
    {
        await Button("登录").ClickAsync();
        await Assertions.Expect(Page.Locator("[data-launch]")).ToBeVisibleAsync();
        var (exitCode, _, errors) = await AgentProcess.EndAsync(agent.Launch((await Page.Locator("[data-launch]").GetAttributeAsync("href"))!));
        Assert.True(exitCode == 0, errors);
        using var limit = new CancellationTokenSource(OpenLimit);
        var file = Path.Combine(directory, "browser.opened");
        while (!File.Exists(file))
        {
            await Task.Delay(20, limit.Token);
        }

        var page = await Page.Context.NewPageAsync();
        await page.GotoAsync(await File.ReadAllTextAsync(file, limit.Token));
        return page;
    }

    private async Task<RegisteredCertificate> EnrolAsync(SoftHsm softHsm)
    {
        softHsm.AddToken("Yunze operator");
        using var module = softHsm.Module();
        using var token = SoftHsm.LogIn(module);
        byte[] id = [.. "login"u8];
        var pair = token.GenerateSigningPair(id, "login", AlgorithmSuite.P256);
        var der = certificates.Issue(pair.Spki!, $"CN={Name}, O=云泽市电子政务中心, SERIALNUMBER=YZ-OP-01, C=CN", purpose: Oids.ClientAuth);
        token.WriteCertificate(id, "login", der);
        return await Portal.RegisterAsync(der, contact: null, subscriber: s => (s.Kind, s.DisplayName) = (SubscriberKind.Person, Name));
    }

    private AgentProcess Agent(SoftHsm softHsm, ScriptedPinentry pinentry)
    {
        var program = Path.Combine(directory, "browser");
        File.WriteAllText(program, "#!/bin/sh\nprintf %s \"$1\" > \"$0.next\" && mv \"$0.next\" \"$0.opened\"\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var agent = new AgentProcess(softHsm, pinentry, certificates.Pki, Portal.Address);
        agent.WriteConfig(JsonSerializer.Serialize(new
        {
            origins = (string[])[Portal.Address],
            trustAnchors = TrustAnchors,
            discoverModules = false,
            modules = new[] { new { library = SoftHsm.Library, environment = softHsm.Environment } },
            pinentry = pinentry.Program,
            browser = program,
        }));
        return agent;
    }

    // A year's expiries with a wave in it.
    private async Task FillAsync()
    {
        var today = Portal.Time.GetUtcNow();
        for (var i = 0; i < 60; i++)
        {
            var days = i < 30 ? 40 + (i % 9) : (i * 37 % 360) - 20;
            await Portal.RegisterAsync(Portal.Pki.Issue($"云泽市第{i + 1}小学", today.AddYears(-4), today.AddDays(days)));
        }

        await Portal.AppointAsync("张卫东", OperatorRole.Operator, OperatorDuties.CardMaking, "3701 12370100MB1234562C");
    }

    private async Task<string> FirstOperatorAsync() =>
        (await Portal.Services.GetRequiredService<OperatorList>().ListAsync(null, Cancel))[0].StableId;
}
