using Microsoft.Playwright;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Ra.Renewal;
using Rekey.Testing.Portal;

namespace Rekey.BrowserTests.Portal;

/// <summary>The renewal at work, what may come between, and its end.</summary>
public sealed class WorkPageStateTests(Browser browser) : PageStateTest(browser)
{
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
            await Portal.Outcome.ReceivedAsync(renewalId, TestContext.Current.CancellationToken);
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
        await AtAsync("connect");
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
}
