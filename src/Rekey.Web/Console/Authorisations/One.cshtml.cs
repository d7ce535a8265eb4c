using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Login.Signing;
using Rekey.Ra;
using Rekey.Ra.Authorisations;
using Rekey.Ra.Operators;
using Rekey.Web.Console.Authorisations.Texts;

namespace Rekey.Web.Console.Authorisations;

/// <summary>What is asked about before it is done, because it takes a reason and cannot be undone.</summary>
internal enum AskAbout
{
    /// <summary>Refusing another one's authorisation.</summary>
    Refuse,

    /// <summary>Withdrawing one.</summary>
    Withdraw,
}

/// <summary>
/// One authorisation: its maker signs it, another person approves it by signing the same document, refuses it, or it is withdrawn. Both sign
/// with the keys that they logged in with; the page begins that, and takes the signature when the agent has handed it in.
/// </summary>
[Requires(Permission.SeeRequests)]
internal sealed class OneModel(RaOptions options, ReadAuthorisations authorisations, DecideAuthorisation decide, SigningDesk desk) : ConsolePage(options)
{
    private const string Make = "make";
    private const string Approve = "approve";

    public AuthorisationDetail Detail { get; private set; } = null!;

    /// <summary>What to ask about; null for nothing.</summary>
    public AskAbout? Ask { get; private set; }

    /// <summary>A signature under way; null for none.</summary>
    public LoginStarted? Signing { get; private set; }

    /// <summary>Why the last act was not done.</summary>
    public Problem? Problem { get; private set; }

    public override string Here => AuthorisationUrls.One(Detail.Line.Id);

    /// <summary>Whether the viewer's signature is what it waits for.</summary>
    public bool CanSign => Detail.Line switch
    {
        { State: AuthorisationState.Made, IsOwn: true } => May(Permission.MakeCards),
        { State: AuthorisationState.Waiting, IsOwn: false } line => May(Permission.DecideRequests) && line.StableId != Operator.StableId,
        _ => false,
    };

    public bool CanRefuse => Detail.Line.State == AuthorisationState.Waiting && CanSign;

    public bool CanWithdraw => Detail.Line.State is AuthorisationState.Made or AuthorisationState.Waiting or AuthorisationState.Approved
        && (May(Permission.MakeCards) || May(Permission.DecideRequests));

    /// <summary>What the line of buttons means to the viewer.</summary>
    public string Hint => Detail.Line switch
    {
        { State: AuthorisationState.Waiting, IsOwn: true } => AuthorisationText.Hint_Own,
        { State: AuthorisationState.Made or AuthorisationState.Waiting } when CanSign => AuthorisationText.Hint_Sign,
        { State: AuthorisationState.Approved } => AuthorisationText.Hint_Approved,
        _ => "",
    };

    public async Task OnGetAsync(long id, AskAbout? ask)
    {
        await ReadAsync(id);
        Ask = ask switch { AskAbout.Refuse when CanRefuse => ask, AskAbout.Withdraw when CanWithdraw => ask, _ => null };
    }

    [Requires(Permission.SeeRequests)]
    public async Task<IActionResult> OnPostSignAsync(long id)
    {
        await ReadAsync(id);
        if (!CanSign)
        {
            return RedirectToThis(id); // somebody was faster; the page says how it stands
        }

        var tag = $"{(Detail.Line.State == AuthorisationState.Made ? Make : Approve)}:{id.ToString(CultureInfo.InvariantCulture)}";
        var language = CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "en" ? "en" : "zh-CN";
        Signing = await desk.BeginAsync(HttpContext, $"{AuthorisationText.One_Title} {Detail.Line.Reference}", Detail.Octets, Operator.CertificateSha256, tag, language);
        return Page();
    }

    [Requires(Permission.SeeRequests)]
    public Task<IActionResult> OnPostSignedAsync(long id) => ActAsync(id, async () =>
    {
        var signed = await desk.TakeAsync(HttpContext);
        await (signed.Tag.Split(':') switch
        {
            [Make, var which] when which == id.ToString(CultureInfo.InvariantCulture) => decide.SignAsync(id, Operator, signed.Signature, HttpContext.RequestAborted),
            [Approve, var which] when which == id.ToString(CultureInfo.InvariantCulture) => decide.ApproveAsync(id, Operator, signed.Signature, HttpContext.RequestAborted),
            _ => throw new ProblemException(Problems.OutOfOrder()),
        });
    });

    [Requires(Permission.DecideRequests)]
    public Task<IActionResult> OnPostRefuseAsync(long id, string? reason) =>
        ActAsync(id, () => decide.RefuseAsync(id, Operator, reason?.Trim() ?? "", HttpContext.RequestAborted));

    [Requires(Permission.SeeRequests)]
    public Task<IActionResult> OnPostWithdrawAsync(long id, string? reason) =>
        ActAsync(id, () => decide.WithdrawAsync(id, Operator, reason?.Trim() ?? "", HttpContext.RequestAborted));

    /// <summary>An instant as the page shows it, in the institution's zone.</summary>
    public string When(DateTimeOffset at) => TimeZoneInfo.ConvertTime(at, Options.Institution.Zone()).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);

    private async Task<IActionResult> ActAsync(long id, Func<Task> act)
    {
        try
        {
            await act();
            return RedirectToThis(id);
        }
        catch (ProblemException e) when (e.Problem.Number != Problems.NoPermission().Number)
        {
            Problem = e.Problem;
            Response.StatusCode = e.Problem.HttpStatus;
            await ReadAsync(id);
            return Page();
        }
    }

    private async Task ReadAsync(long id) => Detail = await authorisations.ReadAsync(id, Operator, HttpContext.RequestAborted);

    private static LocalRedirectResult RedirectToThis(long id) => new(AuthorisationUrls.One(id));
}
