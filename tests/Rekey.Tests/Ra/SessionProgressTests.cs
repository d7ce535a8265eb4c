using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Ra.Sessions;
using Rekey.Testing.Portal;

namespace Rekey.Tests.Ra;

/// <summary>Events in, page out.</summary>
public sealed class SessionProgressTests : IDisposable
{
    private static readonly DateTimeOffset Start = DemoPki.Day("2026-11-24");

    private readonly DemoPki pki = new();
    private readonly CertificatesEvent keys;
    private readonly string sha256;

    public SessionProgressTests()
    {
        var summary = new CertificateSummary(Convert.ToBase64String(pki.Issue("云泽市第一人民医院", Start.AddYears(-4), Start.AddDays(32))), 0);
        keys = new CertificatesEvent([FakeAgent.Token], [summary], []);
        sha256 = SessionProgress.Sha256(summary);
    }

    public void Dispose() => pki.Dispose();

    [Fact]
    public void Each_step_of_a_renewal_has_its_page()
    {
        List<(SessionEvent Event, PortalStep Page)> story =
        [
            (new CreatedEvent(), PortalStep.Connect),
            (new AttachedEvent("1.0.0"), PortalStep.Connect),
            (new ConsentAskedEvent(), PortalStep.Connect),
            (keys, PortalStep.Choose),
            (new SelectedEvent(sha256), PortalStep.Check),
            (new ReadyEvent([]), PortalStep.Check),
            (new StartedEvent("00"), PortalStep.Check),
            (new PinAskedEvent(), PortalStep.Check),
            (new PinWrongEvent(5), PortalStep.Check),
            (new AgentStepEvent(AgentStep.KeyGenerating), PortalStep.Work),
            (new AgentStepEvent(AgentStep.KeyReady), PortalStep.Work),
            (new ServerStepEvent(ServerStep.KurReceived), PortalStep.Work),
            (new ServerStepEvent(ServerStep.Issued), PortalStep.Work),
            (new AgentStepEvent(AgentStep.Verified), PortalStep.Work),
            (new ServerStepEvent(ServerStep.Confirmed), PortalStep.Work),
            (new AgentStepEvent(AgentStep.Retired), PortalStep.Work),
            (new DoneEvent("aa"), PortalStep.Done),
        ];
        for (var n = 1; n <= story.Count; n++)
        {
            Assert.Equal((n, story[n - 1].Page), (n, Of([.. story.Take(n).Select(s => s.Event)]).Page));
        }
    }

    [Fact]
    public void A_relaunch_leads_to_the_agent_again_and_then_back_to_the_renewal()
    {
        SessionEvent[] before = [new CreatedEvent(), new AttachedEvent("1"), keys, new SelectedEvent(sha256), new ReadyEvent([]), new StartedEvent("00"), new AgentStepEvent(AgentStep.KeyReady), new AgentLostEvent()];
        Assert.Equal(PortalStep.Work, Of(before).Page);
        Assert.True(Of(before).Stopped);
        Assert.Equal(PortalStep.Connect, Of([.. before, new RelaunchedEvent()]).Page);
        var back = Of([.. before, new RelaunchedEvent(), new AttachedEvent("1"), keys]);
        Assert.Equal(PortalStep.Work, back.Page);
        Assert.Equal("00", back.RenewalId);
    }

    [Fact]
    public void What_stops_after_the_confirmation_is_done_all_the_same()
    {
        SessionEvent[] confirmed = [new CreatedEvent(), new AttachedEvent("1"), keys, new SelectedEvent(sha256), new StartedEvent("00"), new ServerStepEvent(ServerStep.Confirmed)];
        Assert.Equal(PortalStep.Work, Of(confirmed).Page);
        Assert.Equal(PortalStep.Done, Of([.. confirmed, new AgentLostEvent()]).Page);
        Assert.Equal(PortalStep.Done, Of([.. confirmed, new FailedEvent(WireProblem.Of(Problems.TokenRemoved()))]).Page);
    }

    [Fact]
    public void A_choice_is_forgotten_when_its_key_is_gone_but_a_renewal_is_not()
    {
        var empty = new CertificatesEvent([], [], []);
        Assert.Equal(PortalStep.Choose, Of(new CreatedEvent(), new AttachedEvent("1"), keys, new SelectedEvent(sha256), empty).Page);
        Assert.Equal(PortalStep.Check, Of(new CreatedEvent(), new AttachedEvent("1"), keys, new SelectedEvent(sha256), new StartedEvent("00"), empty).Page);
    }

    [Fact]
    public void Another_key_in_place_of_the_one_pulled_out_is_noticed()
    {
        var other = FakeAgent.Token with { SerialNumber = "20C7" };
        SessionEvent[] removed = [new CreatedEvent(), new AttachedEvent("1"), keys, new SelectedEvent(sha256), new StartedEvent("00"), new AgentStepEvent(AgentStep.KeyReady), new RemovedEvent("8F21")];
        Assert.Equal("8F21", Of(removed).RemovedToken);
        Assert.Equal("20C7", Of([.. removed, new InsertedEvent(other)]).OtherToken!.SerialNumber);
        var back = Of([.. removed, new InsertedEvent(other), new InsertedEvent(FakeAgent.Token)]);
        Assert.Null(back.RemovedToken);
        Assert.Null(back.OtherToken);
    }

    [Fact]
    public void A_second_renewal_in_the_same_session_begins_from_nothing()
    {
        var done = Of(new CreatedEvent(), new AttachedEvent("1"), keys, new SelectedEvent(sha256), new StartedEvent("00"), new ServerStepEvent(ServerStep.Confirmed), new DoneEvent("aa"), new RelaunchedEvent(), new AttachedEvent("1"), keys);
        Assert.Equal(PortalStep.Choose, done.Page);
        Assert.Null(done.RenewalId);
        Assert.False(done.Working);
    }

    private static SessionProgress Of(params SessionEvent[] events) =>
        SessionProgress.Of(events.Select((e, i) => new SequencedEvent(i + 1, Start.AddSeconds(i), e)));
}
