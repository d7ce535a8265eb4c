using Microsoft.AspNetCore.Mvc;
using Rekey.Contract.Problems;
using Rekey.Ra;
using Rekey.Ra.Operators;
using Rekey.Ra.Subscribers;

namespace Rekey.Web.Console.Subscribers;

/// <summary>Edits what is registered of one subscriber.</summary>
[Requires(Permission.EnterSubscribers)]
internal sealed class EditModel(RaOptions options, ReadSubscriber read, EditSubscriber edit) : ConsolePage(options)
{
    public SubscriberForm Form { get; private set; } = new();

    public string StableId { get; private set; } = "";

    /// <summary>The version that the form was made from, and will be sent with.</summary>
    public int Version { get; private set; }

    /// <summary>Somebody else was faster: who and when, and what is registered now.</summary>
    public (Problem Problem, SubscriberDetails Now)? Conflict { get; private set; }

    public async Task OnGetAsync(string? id)
    {
        var details = await read.ReadAsync(id ?? "", Scope, HttpContext.RequestAborted);
        (StableId, Version, Form) = (details.StableId, details.Version, SubscriberForm.Of(details));
    }

    [Requires(Permission.EnterSubscribers)]
    public async Task<IActionResult> OnPostAsync([FromQuery] string? id, int version, SubscriberForm form)
    {
        (StableId, Version, Form) = (id ?? "", version, form);
        try
        {
            (_, form.Errors) = await edit.EditAsync(StableId, version, form.Edit, Actor, Scope, HttpContext.RequestAborted);
            if (form.Errors.Count == 0)
            {
                return Redirect(SubscriberUrls.One(StableId));
            }

            Response.StatusCode = 400;
        }
        catch (ProblemException e) when (e.Problem.Number == Problems.SubscriberChanged("", "").Number)
        {
            // What was typed stays; sent again, it is sent by somebody who has seen the other's edit.
            var now = await read.ReadAsync(StableId, Scope, HttpContext.RequestAborted);
            (Conflict, Version) = ((e.Problem, now), now.Version);
            Response.StatusCode = e.Problem.HttpStatus;
        }

        return Page();
    }
}
