using Microsoft.Playwright;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Ra.Renewal;
using Rekey.Testing.Portal;

namespace Rekey.BrowserTests.Portal;

/// <summary>Every state that a page of the portal can be in: reached, looked at, and checked in both languages, narrow and dark.</summary>
public sealed class PageStateTests(Browser browser) : PortalTest(browser)
{
    protected override Task<PortalHost> StartPortalAsync() => PortalHost.StartAsync(o => o with
    {
        Sessions = o.Sessions with
        {
            MinAgentVersion = new(0, 9, 0),
            BusinessSystems = [new() { Name = new() { Zh = "监管信息业务系统", En = "Supervision system" }, Url = new("http://localhost:9/business/") }],
            Installers =
            [
                new() { System = new() { Zh = "Windows 10 / 11（64 位）", En = "Windows 10 / 11 (64 bit)" }, UserAgentWords = ["Windows"], Url = new("/agent/rekey-agent.exe", UriKind.Relative), Sha256 = new string('a', 64), Bytes = 14_700_000 },
                new() { System = new() { Zh = "Debian、统信 UOS", En = "Debian, UOS" }, UserAgentWords = ["Linux"], Url = new("/agent/rekey-agent_0.1.0_amd64.deb", UriKind.Relative), Sha256 = new string('b', 64), Bytes = 6_800_000 },
            ],
        },
    });

    [Fact]
    public async Task First_page()
    {
        await GoAsync("/CaUpdate/");
        await SeeAsync("您的证书，自己就能续");
        await LookAsync("01-home");
    }

    [Fact]
    public async Task First_page_after_keys_were_read()
    {
        using var agent = await ReachChooseAsync(Certificate, Foreign());
        await GoAsync("/CaUpdate/");
        await Assertions.Expect(Page.Locator(".cert-days b")).ToHaveTextAsync("32");
        await LookAsync("01-home-read");
        await Link("更新这张证书").ClickAsync();
        await SeeAsync("选择要更新的证书");
    }

    [Fact]
    public async Task First_page_without_a_key()
    {
        using var agent = await FakeAgent.AttachAsync(await ReachConnectAsync());
        await agent.ReportAsync(new CertificatesEvent([], [], []));
        await SeeAsync("选择要更新的证书");
        await Assertions.Expect(Page.Locator(".lead")).ToHaveTextAsync("没有找到 UKey（共有: 0 个key）。");
        await LookAsync("04-choose-no-key");
        await GoAsync("/CaUpdate/");
        await LookAsync("01-home-no-key");
    }

    [Fact]
    public async Task First_page_with_a_renewal_that_waits()
    {
        var (agent, _) = await ReachWorkAsync();
        using (agent)
        {
            await agent.ReportAsync(new FailedEvent(WireProblem.Of(Problems.TokenRemoved())));
        }

        await GoAsync("/CaUpdate/");
        await Assertions.Expect(Page.GetByText("有一次更新没办完")).ToBeVisibleAsync();
        await LookAsync("01-home-waiting");
        await Button("接着办").ClickAsync();
        await SeeAsync("打开续证助手");
    }

    [Fact]
    public async Task Conditions()
    {
        await GoAsync("/CaUpdate/renew");
        await LookAsync("02-conditions");
    }

    [Fact]
    public async Task Connect()
    {
        await ReachConnectAsync();
        await LookAsync("03-connect");
        var code = await Page.Locator(".checkcode").TextContentAsync();
        await Assertions.Expect(Page.Locator(".checkcode")).ToHaveAttributeAsync("aria-label", "核对码 " + string.Join(' ', code!.Replace(" ", "", StringComparison.Ordinal).AsEnumerable()));
    }

    [Fact]
    public async Task Connect_and_nothing_happens_for_8_seconds()
    {
        await ReachConnectAsync();
        // Without the launch itself: a headless Chromium that tried one handles no further click on a link.
        await Link("打开续证助手").EvaluateAsync("a => { a.addEventListener('click', e => e.preventDefault()); a.click(); }");
        await Assertions.Expect(Page.GetByText("正在等助手回应")).ToBeVisibleAsync();
        await Assertions.Expect(Heading).ToContainTextAsync("还没收到续证助手的回应", new() { Timeout = 15_000 });
        await LookAsync("03b-no-agent");

        // It still goes on by itself once the agent comes.
        using var agent = await FakeAgent.AttachAsync((await Page.Locator("[data-launch]").GetAttributeAsync("href"))!);
        await agent.ListAsync(Certificate);
        await SeeAsync("选择要更新的证书");
    }

    [Fact]
    public async Task Connect_attached_and_waiting_for_consent()
    {
        using var agent = await FakeAgent.AttachAsync(await ReachConnectAsync());
        await agent.ReportAsync(new ConsentAskedEvent());
        await Assertions.Expect(Page.Locator(".actions .wait")).ToContainTextAsync("助手已打开");
        await LookAsync("03-connect-consent");
    }

    [Fact]
    public async Task Connect_declined()
    {
        using var agent = await FakeAgent.AttachAsync(await ReachConnectAsync());
        await agent.ReportAsync(new FailedEvent(WireProblem.Of(Problems.ConsentDeclined())));
        await SeeAsync(Problems.ConsentDeclined());
        await LookAsync("03-connect-declined");
        await Button("重新连接").ClickAsync();
        await SeeAsync("打开续证助手");
    }

    [Fact]
    public async Task Connect_with_a_code_used_twice()
    {
        var address = await ReachConnectAsync();
        using var first = await FakeAgent.AttachAsync(address);
        var (second, _) = await FakeAgent.TryAttachAsync(address);
        second.Dispose();
        await SeeAsync(Problems.TicketReused());
        await LookAsync("03-connect-twice");
    }

    [Fact]
    public async Task Connect_with_too_old_an_agent()
    {
        var (agent, _) = await FakeAgent.TryAttachAsync(await ReachConnectAsync(), "0.8.1");
        agent.Dispose();
        await SeeAsync(Problems.AgentTooOld("0.8.1", "0.9.0"));
        await LookAsync("03-connect-too-old");
    }

    [Fact]
    public async Task Connect_with_a_code_that_ran_out()
    {
        await ReachConnectAsync();
        var before = await Page.Locator(".checkcode").TextContentAsync();
        Portal.Time.Jump(LaunchAddress.TicketLifetime);
        await Page.ReloadAsync();
        await SeeAsync(Problems.TicketExpired());
        await LookAsync("03-connect-expired");
        await Button("重新连接").ClickAsync();
        await SeeAsync("打开续证助手");
        Assert.NotEqual(before, await Page.Locator(".checkcode").TextContentAsync());
    }

    [Fact]
    public async Task Choose_among_several_certificates()
    {
        var late = Portal.Pki.Issue("云泽市第一人民医院体检中心", DemoPki.Day("2021-10-15"), DemoPki.Day("2026-10-09"));
        var early = Portal.Pki.Issue("王秀兰（个人）", DemoPki.Day("2024-03-15"), DemoPki.Day("2029-03-14"));
        await Portal.RegisterAsync(late);
        await Portal.RegisterAsync(early);
        using var agent = await ReachChooseAsync(early, Certificate, late, Foreign());
        await Assertions.Expect(Page.Locator(".cert")).ToHaveCountAsync(3);
        await Assertions.Expect(Page.Locator(".cert--on .cert-name")).ToHaveTextAsync("云泽市第一人民医院体检中心");
        await LookAsync("04-choose");
        await Page.Locator("label.cert").Nth(1).ClickAsync();
        await Assertions.Expect(Page.Locator(".cert--on .cert-name")).ToHaveTextAsync("云泽市第一人民医院");
        await Button("确定").ClickAsync();
        await Assertions.Expect(Page.Locator(".facts dd").First).ToHaveTextAsync("云泽市第一人民医院");
    }

    [Fact]
    public async Task Choose_when_nothing_can_be_renewed()
    {
        var late = Portal.Pki.Issue("云泽市急救中心", DemoPki.Day("2020-10-14"), DemoPki.Day("2025-10-08"));
        var unknown = Portal.Pki.Issue("云泽市图书馆", DemoPki.Day("2022-01-01"), DemoPki.Day("2026-12-26"));
        await Portal.RegisterAsync(late);
        using var agent = await ReachChooseAsync(late, unknown);
        await LookAsync("04-choose-nothing");
        await Button("怎么办？").First.ClickAsync();
        await SeeAsync(Problems.RenewalTooLate(new(2025, 10, 8), 412, 300));
        await LookAsync("08-error-range");
        await Link("换一张证书").ClickAsync();
        await SeeAsync("选择要更新的证书");
    }

    [Fact]
    public async Task Choose_reads_again_when_asked()
    {
        using var agent = await ReachChooseAsync(Foreign());
        await Assertions.Expect(Page.Locator(".cert")).ToHaveCountAsync(0);
        await LookAsync("04-choose-foreign");
        await Page.Locator(".keybar button").ClickAsync();
        await agent.CommandAsync<ReadAgainCommand>();
        var other = FakeAgent.Token with { SerialNumber = "20C7" };
        await agent.ReportAsync(new CertificatesEvent(
            [FakeAgent.Token, other], [new(Convert.ToBase64String(Foreign()), 0), new(Convert.ToBase64String(Certificate), 1)], []));
        await Assertions.Expect(Page.Locator(".cert-name")).ToHaveTextAsync("云泽市第一人民医院");
        await LookAsync("04-choose-two-keys");
    }

    [Fact]
    public async Task Check_running_then_ready()
    {
        using var agent = await ReachChooseAsync();
        await Button("确定").ClickAsync();
        await Assertions.Expect(Page.Locator(".actions .wait")).ToContainTextAsync("正在检查");
        await LookAsync("05-check-running");
        await agent.PassPreflightAsync();
        await Assertions.Expect(Button("更新")).ToBeVisibleAsync();
        await LookAsync("05-check");
        await Link("不是这张，重新选").ClickAsync();
        await SeeAsync("选择要更新的证书");
    }

    [Fact]
    public async Task Check_with_a_warning_and_a_failure()
    {
        using var agent = await ReachChooseAsync();
        await Button("确定").ClickAsync();
        await agent.PassPreflightAsync(
            new PreflightCheck(PreflightKind.PinTries, PreflightOutcome.Warning, WireProblem.Of(Problems.PinLastTry())),
            new PreflightCheck(PreflightKind.Room, PreflightOutcome.Failed, WireProblem.Of(Problems.TokenFull())));
        await Assertions.Expect(Page.Locator(".notice--danger")).ToContainTextAsync("空间不够");
        await LookAsync("05-check-failed");
        await Button("再检查一次").ClickAsync();
        await agent.PassPreflightAsync();
        await Assertions.Expect(Button("更新")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Check_with_the_pin_window_open_and_wrong_pins()
    {
        using var agent = await ReachCheckAsync();
        await Button("更新").ClickAsync();
        await agent.CommandAsync<RenewCommand>();
        await agent.ReportAsync(new PinAskedEvent());
        await Assertions.Expect(Page.Locator(".actions .wait")).ToContainTextAsync("正在等您输入口令");
        await LookAsync("05-pin");
        await agent.ReportAsync(new PinWrongEvent(5));
        await agent.ReportAsync(new PinAskedEvent());
        await Assertions.Expect(Page.Locator(".notice--warn")).ToContainTextAsync("口令不对，还可以试 5 次");
        await LookAsync("05-pin-wrong");
        await agent.ReportAsync(new PinWrongEvent(1));
        await Assertions.Expect(Page.Locator(".notice--warn")).ToContainTextAsync("只剩最后一次");
        await LookAsync("05-pin-last");
        await agent.ReportAsync(new FailedEvent(WireProblem.Of(Problems.PinLocked())));
        await SeeAsync(Problems.PinLocked());
        await LookAsync("05-pin-locked");
    }

    [Fact]
    public async Task Work_and_the_key_is_pulled_out()
    {
        var (agent, renewalId) = await ReachWorkAsync();
        using (agent)
        {
            await LookAsync("06-work-first");
            await agent.StepAsync(AgentStep.KeyReady);
            await IssueAsync(renewalId);
            await agent.StepAsync(AgentStep.Writing);
            await Assertions.Expect(Page.Locator(".work .now")).ToContainTextAsync("写入 UKey");
            await LookAsync("06-work");
            await agent.ReportAsync(new RemovedEvent("8F21"));
            await SeeAsync("UKey 被拔出了。什么都没有丢失");
            await LookAsync("06b-unplugged");
            await agent.ReportAsync(new InsertedEvent(FakeAgent.Token with { SerialNumber = "20C7" }));
            await Assertions.Expect(Page.GetByText("插上的是另一个 UKey")).ToBeVisibleAsync();
            await LookAsync("06b-other-key");
            await agent.ReportAsync(new InsertedEvent(FakeAgent.Token));
            await SeeAsync("正在更新");
            await FinishWritingAsync(agent, renewalId);
            await SeeAsync("更新好了");
            await LookAsync("07-done");
        }
    }

    [Fact]
    public async Task Work_and_the_CA_does_not_answer()
    {
        var (agent, renewalId) = await ReachWorkAsync();
        using (agent)
        {
            await agent.StepAsync(AgentStep.KeyReady);
            await Portal.Feed.ServerStepAsync(renewalId, ServerStep.KurReceived, TestContext.Current.CancellationToken);
            await Assertions.Expect(Page.Locator(".work .now")).ToContainTextAsync("CA 签发新证书");
            Portal.Time.Jump(TimeSpan.FromSeconds(31));
            var waiting = agent.PollAsync(after: 99); // the agent is there: it is the CA that is late
            await Page.ReloadAsync();
            await Assertions.Expect(Page.Locator(".notice--warn")).ToContainTextAsync("CA 30 秒没有回应");
            await LookAsync("06-work-ca-late");
            Assert.Equal(System.Net.HttpStatusCode.OK, (await waiting).StatusCode);
        }
    }

    [Fact]
    public async Task Work_and_the_agent_is_lost()
    {
        var (agent, _) = await ReachWorkAsync();
        agent.Dispose();
        Portal.Time.Jump(RenewalCases.Silence + TimeSpan.FromSeconds(1));
        await Page.ReloadAsync();
        await SeeAsync(Problems.AgentLost());
        await LookAsync("06-agent-lost");
        await Button("重新连接").ClickAsync();
        using var again = await FakeAgent.AttachAsync((await Link("打开续证助手").GetAttributeAsync("href"))!);
        await again.ListAsync(Certificate);
        await SeeAsync("正在更新");
    }

    [Fact]
    public async Task Work_and_the_key_is_full()
    {
        var (agent, _) = await ReachWorkAsync();
        using (agent)
        {
            await agent.ReportAsync(new FailedEvent(WireProblem.Of(Problems.TokenFull())));
            await SeeAsync(Problems.TokenFull());
            await LookAsync("06-key-full");
        }
    }

    [Fact]
    public async Task Done_for_someone_who_came_from_a_business_system()
    {
        await GoAsync("/CaUpdate/renew?returnTo=" + Uri.EscapeDataString("http://localhost:9/business/login?x=1"));
        await Button("下一步").ClickAsync();
        await Page.WaitForURLAsync("**/connect");
        using var agent = await FakeAgent.AttachAsync((await Page.Locator("[data-launch]").GetAttributeAsync("href"))!);
        await agent.ListAsync(Certificate);
        await Button("确定").ClickAsync();
        await agent.PassPreflightAsync();
        await Button("更新").ClickAsync();
        var command = await agent.CommandAsync<RenewCommand>();
        await FinishAsync(agent, Convert.FromHexString(command.RenewalId));
        await SeeAsync("更新好了");
        await Assertions.Expect(Link("返回监管信息业务系统")).ToHaveAttributeAsync("href", "http://localhost:9/business/login?x=1");
        await LookAsync("07-done-return");
    }

    [Fact]
    public async Task Done_though_the_key_was_pulled_out_before_the_old_pair_was_removed()
    {
        var (agent, renewalId) = await ReachWorkAsync();
        using (agent)
        {
            await agent.StepAsync(AgentStep.KeyReady);
            await IssueAsync(renewalId);
            await agent.StepAsync(AgentStep.Verified);
            await Portal.Outcome.ConfirmedAsync(renewalId, TestContext.Current.CancellationToken);
            await agent.ReportAsync(new FailedEvent(WireProblem.Of(Problems.TokenRemoved())));
            await SeeAsync("更新好了");
            await Assertions.Expect(Page.GetByText("UKey 里还留着原证书")).ToBeVisibleAsync();
            await LookAsync("07-done-tidy-up");
        }
    }

    [Fact]
    public async Task Help()
    {
        await GoAsync("/CaUpdate/help");
        await LookAsync("09-help");
    }

    [Fact]
    public async Task A_page_that_is_not_there()
    {
        ExpectConsoleErrors(1);
        await GoAsync("/CaUpdate/nowhere");
        await SeeAsync(Problems.NotFound());
        await LookAsync("08-not-found");
    }

    [Fact]
    public async Task The_page_of_a_problem_number()
    {
        await GoAsync("/CaUpdate/problems/RK-1013");
        await SeeAsync(Problems.PinLocked());
        await LookAsync("08-problem");
    }

    private static byte[] Foreign()
    {
        using var bank = new DemoPki("某银行网上银行 CA");
        return bank.Issue("某银行网上银行证书", DemoPki.Day("2024-01-01"), DemoPki.Day("2027-01-01"));
    }

    private async Task FinishWritingAsync(FakeAgent agent, byte[] renewalId)
    {
        await agent.StepAsync(AgentStep.Written);
        await agent.StepAsync(AgentStep.Verified);
        await Portal.Outcome.ConfirmedAsync(renewalId, TestContext.Current.CancellationToken);
        await agent.StepAsync(AgentStep.Retired);
    }
}
